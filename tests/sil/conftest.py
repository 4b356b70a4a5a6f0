"""Fixtures of the SIL suite."""

import pytest
import requests
from lxml import etree


@pytest.fixture(scope="session")
def schema(world) -> etree.XMLSchema:
    """The schema of the embedded documents, as served."""
    answer = requests.get(f"{world.base}/mypay4/ws/pa/PagInf_Dovuti_Pagati_6_2_0.xsd", timeout=10)
    assert answer.status_code == 200, answer.text
    return etree.XMLSchema(etree.fromstring(answer.content))

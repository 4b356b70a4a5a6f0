"""Fixtures of the node's suite."""

import pytest
from harness import node as wire
from harness.contracts import save, schema_of


@pytest.fixture(scope="session")
def schema(world, tmp_path_factory):
    """The schema of paForNode, as served."""
    return schema_of(save(f"{world.base}{wire.PATH}.wsdl", tmp_path_factory.mktemp("wsdl"), "main.wsdl"))


@pytest.fixture(autouse=True)
def every_answer_is_valid(monkeypatch, schema):
    """The node checks each answer against the contract, and so do we."""
    plain = wire.Node.send

    def send(self, root, children, *a, **kw):
        answer = plain(self, root, children, *a, **kw)
        if answer.status == 200:
            expected = f"{{{wire.NS}}}{wire.ROOTS[root][0]}"
            assert answer.root.tag == expected, f"{answer.root.tag} instead of {expected}"
            schema.assertValid(answer.root)
        return answer

    monkeypatch.setattr(wire.Node, "send", send)

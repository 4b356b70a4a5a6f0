"""Every code of the catalogue is provoked by a test, or has a reason not to be."""

from . import (test_chiedi, test_importa_dovuto, test_invia_dovuti,  # noqa: F401 - importing them fills PROVOKED
               test_verifica_avviso)
from .catalogue import CATALOGUE, PROVOKED, UNREACHABLE


def test_every_code_is_provoked():
    """A code in the table without a test is a hole."""
    holes = [f"{operation}: {code}" for operation, codes in CATALOGUE.items() for code in sorted(codes)
             if (operation, code) not in PROVOKED and (operation, code) not in UNREACHABLE]
    assert not holes, holes


def test_nothing_is_excused_and_provoked():
    """What a test provokes is not unreachable."""
    both = set(PROVOKED) & set(UNREACHABLE)
    assert not both, both


def test_excuses_are_in_the_catalogue():
    """No excuse for a code that nobody lists."""
    assert all(code in CATALOGUE[operation] for operation, code in UNREACHABLE)

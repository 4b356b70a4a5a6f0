"""Codes computed by the book, so that the product's own arithmetic is checked by another one."""


def nav_of(iuv: str) -> str:
    """Notice number of an IUV of 17 digits (pagopa.md §3.1: aux digit 3)."""
    assert len(iuv) == 17 and iuv.isdigit(), iuv
    return "3" + iuv


def iuv17(segregation: str, progressive: int, reserved: str = "00") -> str:
    """mypay-soap.md §8.5: segregation, 00, eleven digits, mod 93."""
    body = f"{segregation}{reserved}{progressive:011d}"
    return f"{body}{int('3' + body) % 93:02d}"


def check_digits_ok(iuv: str) -> bool:
    """Whether the last two digits are the mod-93 check of the rest."""
    return int("3" + iuv[:15]) % 93 == int(iuv[15:])


def vat(body: str) -> str:
    """A partita IVA from ten digits."""
    total = 0
    for position, digit in enumerate(body):
        value = int(digit)
        if position % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return body + str((10 - total % 10) % 10)


def iban(abi: str = "05428", cab: str = "11101", account: str = "000000999999") -> str:
    """A well-formed Italian IBAN with its CIN and check digits."""
    odd = {**{str(i): v for i, v in enumerate((1, 0, 5, 7, 9, 13, 15, 17, 19, 21))},
           **{chr(65 + i): v for i, v in enumerate((1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8,
                                                    12, 14, 16, 10, 22, 25, 24, 23))}}
    text = abi + cab + account
    total = sum(odd[c] if i % 2 == 0 else (int(c) if c.isdigit() else ord(c) - 65) for i, c in enumerate(text))
    bban = chr(65 + total % 26) + text
    digits = "".join(str(int(c, 36)) for c in bban + "IT00")
    return f"IT{98 - int(digits) % 97:02d}{bban}"


def cents(amount: str) -> int:
    """"1234.56" → 123456."""
    euros, _, decimals = amount.partition(".")
    assert len(decimals) == 2, amount
    return int(euros) * 100 + int(decimals)

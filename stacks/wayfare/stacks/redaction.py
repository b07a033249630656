"""What a cloud's or the engine's words may repeat and nobody else may read: credentials, replaced by `[secret]`.

Clouds echo requests in their errors, and an error's text goes to a terminal, a pipeline's log and JSON. Only forms that
are credentials by their looks are known here, so that a text without one is never changed. Forms as their makers
document them: AWS ("Understanding unique ID prefixes", IAM user guide), Azure (connection strings of Storage, shared
access signatures), Google (OAuth 2.0 tokens), RFC 6750 (bearer tokens), RFC 7468 (keys), RFC 7519 (JSON Web Tokens).
"""

import re

SECRET = "[secret]"  # noqa: S105 - what stands in a secret's place

#: Names that are followed by a secret, in a query (`name=…`), a header (`name: …`) or JSON (`"name": "…"`).
_NAMED = (
    r"aws_?secret_?access_?key|secret_?access_?key|aws_?session_?token|session_?token|x-amz-security-token|"
    r"account_?key|shared_?access_?key|client_?secret|access_?token|refresh_?token|id_?token|private_?key|"
    r"client-key-data|password|passphrase"
)

#: Each form has one group, `secret`, for the part that is not told; a lookbehind lets a match begin only where a word
#: does, so that a long text costs no more than its length.
_FORMS = (
    r"(?P<key>-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----[\s\S]*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----|\Z))",
    # A scheme's name alone, as in "bearer authentication", is no credential: a token is long, or has a digit in it.
    r"(?<![\w-])(?:bearer|basic|sharedkey(?:lite)?)[ \t]+(?P<token>(?=[^\s\"']*\d)[\w.~+/:=-]{16,}|[\w.~+/:=-]{40,})",
    r"(?<![\w-])(?P<jwt>eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*)",
    r"(?<![\w-])(?P<aws>(?-i:(?:AKIA|ASIA)[A-Z0-9]{16}))(?![A-Za-z0-9])",
    r"(?<![\w-])(?P<google>ya29\.[\w.-]{16,}|1//[\w-]{30,}|GOCSPX-[\w-]{20,}|(?-i:AIza)[\w-]{35})",
    r"(?<![\w.~-])(?P<entra>[\w.~-]{3}\dQ~[\w.~-]{31,34})",
    r"[?&;](?:sig|x-amz-signature|x-amz-credential)=(?P<signature>[\w%+/=-]{16,})",
    r"://[^/\s:@\"']*:(?P<login>[^/\s@\"']+)@",
    rf"(?<![\w-])(?:{_NAMED})=(?P<value>[^\s\"'&;,]{{8,}})",
    rf"(?<![\w-])(?:{_NAMED})\\?\"\s*:\s*\\?\"(?P<json>(?:[^\"\\]|\\+[^\"\\]){{8,}})",
    rf"(?<![\w-])(?:{_NAMED}):[ \t]+(?P<header>(?=[^\s\"']*\d)[\w%.~+/=-]{{20,}})",
)
_ANY = re.compile("|".join(_FORMS), re.IGNORECASE)


def redacted(text: str) -> str:
    """The text without credentials; the same text where there is none."""
    # Again until nothing is found: what is taken out may have hidden where another one begins.
    while (shorter := _ANY.sub(_without, text)) != text:
        text = shorter
    return text


def _without(found: re.Match[str]) -> str:
    group = found.lastgroup or ""
    begin, end = found.start(group) - found.start(), found.end(group) - found.start()
    return found[0][:begin] + SECRET + found[0][end:]

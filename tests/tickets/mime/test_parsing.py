"""Odd mails: whatever the bytes are, something readable comes out, soon."""

import base64
import itertools
import random
import struct
import time
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from tickets.mime.charsets import decode
from tickets.mime.mail import Address
from tickets.mime.parsing import parse

WORDS = "Здравствуйте, не работает оплата заказа"


def mail(body: bytes, *headers: str, kind: str = "text/plain") -> bytes:
    lines = ["From: a@b.cd", "Subject: s", "Message-ID: <1@b.cd>", f"Content-Type: {kind}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def multipart(kind: str, *parts: bytes, boundary: str = "x") -> bytes:
    joined = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts)
    return mail(joined + f"--{boundary}--\r\n".encode(), kind=f'{kind}; boundary="{boundary}"')


def part(body: str, kind: str = "text/plain; charset=utf-8", *headers: str) -> bytes:
    return "\r\n".join([f"Content-Type: {kind}", *headers, "", body]).encode()


@pytest.mark.parametrize(
    ("charset", "declared"),
    [
        *itertools.product(["koi8-r", "windows-1251", "cp866", "utf-8"], ["right", "missing", "x-unknown"]),
        # No mail program sends these without saying so.
        ("iso-8859-5", "right"),
        ("utf-16", "right"),
    ],
)
def test_russian_is_read_however_it_is_declared(charset, declared):
    said = {"right": f"text/plain; charset={charset}", "missing": "text/plain", "x-unknown": "text/plain; charset=x-y"}
    parsed = parse(mail(WORDS.encode(charset), kind=said[declared]))
    assert parsed.text == WORDS


@pytest.mark.parametrize(
    ("charset", "declared"),
    [
        ("utf-8", "koi8-r"),
        ("utf-8", "windows-1251"),
        ("windows-1251", "iso-8859-1"),
        ("windows-1251", "koi8-r"),
        ("koi8-r", "windows-1251"),
        ("koi8-r", "us-ascii"),
        ("cp866", "windows-1251"),
    ],
)
def test_a_wrong_charset_does_not_hide_the_words(charset, declared):
    parsed = parse(mail(WORDS.encode(charset), kind=f"text/plain; charset={declared}"))
    assert parsed.text == WORDS
    assert "charset" in parsed.defects


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"=?koi8-r?B?8NLJ18XU?= =?koi8-r?Q?_=CD=C9=D2?=", "Привет мир"),
        (b"=?utf-8?B?0J8=?=\r\n =?utf-8?B?0YDQuNCy0LXR?=\r\n =?utf-8?B?gg==?=", "Привет"),
        (b"=?utf-8?Q?=D0?= =?utf-8?Q?=9F?=", "П"),
        (b"=?utf-8?B?0J/RgNC40LLQtdGC?= Bob", "Привет Bob"),
        (b"=?utf-8*ru?Q?=D0=9F?=", "П"),
        (b"=?utf-8?Q?a?b?=", "a?b"),
        (b"=?utf-8?q?one two?=", "one two"),
        (b"=?x-none?B?0J8=?=", "П"),
        ("Заказ номер пять".encode("windows-1251"), "Заказ номер пять"),
        ("Заказ номер пять".encode("koi8-r"), "Заказ номер пять"),
        ("Заказ".encode(), "Заказ"),
        (b"=?utf-8?B?!!!?=", ""),
        (b"=?utf-8?Q?open", "=?utf-8?Q?open"),
        (b"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
    ],
)
def test_subjects_are_decoded(value, text):
    assert parse(b"From: a@b.cd\r\nSubject: " + value + b"\r\n\r\nx").subject == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"Doe, John" <john@X.COM>', [("Doe, John", "john@x.com")]),
        ("a@b.cd (Bob (the) Builder)", [("Bob the Builder", "a@b.cd")]),
        ("Иван <ivan@Пример.рф>", [("Иван", "ivan@xn--e1afmkfd.xn--p1ai")]),
        ("=?utf-8?B?0JjQstCw0L0gPGFAYi5jPg==?=", [("Иван", "a@b.c")]),
        ("=?utf-8?Q?=D0=98=2C_a?= <a@b.cd>", [("И, a", "a@b.cd")]),
        ("undisclosed-recipients:;", []),
        ("Team: a@b.cd, c@d.ef;, g@h.ij", [("", "a@b.cd"), ("", "c@d.ef"), ("", "g@h.ij")]),
        ("a@b.cd; c@d.ef", [("", "a@b.cd"), ("", "c@d.ef")]),
        ('"john..doe"@ex.jp', [("", '"john..doe"@ex.jp')]),
        ("Joe <joe@b.cd", [("Joe", "joe@b.cd")]),
        ("mailto:joe@b.cd", [("", "joe@b.cd")]),
        ("<>", []),
        ("Nobody", [("Nobody", "")]),
        ("'a@b.cd' <a@b.cd>", [("a@b.cd", "a@b.cd")]),
    ],
)
def test_addresses_are_found(value, expected):
    parsed = parse(f"From: x@y.zz\r\nTo: {value}\r\n\r\n".encode())
    assert parsed.to == tuple(Address(*pair) for pair in expected)


def test_the_threads_headers_are_normalised():
    index = base64.b64encode(bytes(range(1, 33))).decode()
    many = " ".join(f"<{number}@x>" for number in range(500))
    parsed = parse(
        f"Message-ID: < a@b >\r\nIn-Reply-To: Your mail of today <c@d>\r\nReferences: {many}\r\n"
        f"Thread-Index: {index}\r\nDate: Mon, 13 May 2024 10:00:00 +0300\r\n\r\n".encode()
    )
    assert parsed.message_id == "<a@b>"
    assert parsed.in_reply_to == ("<c@d>",)
    assert (len(parsed.references), parsed.references[0], parsed.references[-1]) == (100, "<0@x>", "<499@x>")
    assert parsed.thread_index == bytes(range(1, 23)).hex()
    assert parsed.date == datetime(2024, 5, 13, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", ["", "yesterday", "Mon, 99 May 2024 99:00:00", "Mon, 13 May 99999 10:00:00 +0000", "0"]
)
def test_a_date_that_is_none_is_none(value):
    assert parse(f"Date: {value}\r\n\r\n".encode()).date is None


def test_the_sender_is_whoever_is_said_to_be():
    raw = b"From:\r\nFrom: Ann\r\nSender: b@c.de\r\nReply-To: r@c.de\r\nDelivered-To: d@e.fg\r\n\r\n"
    parsed = parse(raw)
    assert parsed.sender.email == "b@c.de"
    assert (parsed.reply_to[0].email, parsed.delivered_to) == ("r@c.de", ("d@e.fg",))


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("attachment; filename*=utf-8''%D0%9E%D1%82%D1%87%D1%91%D1%82.pdf", "Отчёт.pdf"),
        ("attachment; filename*0*=utf-8''%D0%9E%D1%82; filename*1*=%D1%87%D1%91; filename*2=\"t.pdf\"", "Отчёt.pdf"),
        ('attachment; filename="=?windows-1251?B?zvL35fIucGRm?="', "Отчет.pdf"),
        ('attachment; filename="Отчёт.pdf"', "Отчёт.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\Users\\\\a.doc"', "a.doc"),
        ("attachment; filename=a b.pdf", "a b.pdf"),
        ("attachment", "application.pdf"),
        (f'attachment; filename="{"я" * 400}.pdf"', "я" * 125 + ".pdf"),
    ],
)
def test_files_have_safe_names(header, name):
    raw = multipart("multipart/mixed", part("text"), part("x", "application/pdf", f"Content-Disposition: {header}"))
    assert [attachment.name for attachment in parse(raw).attachments] == [name]


def test_alternatives_give_text_and_page_and_related_pictures_are_inline():
    related = multipart(
        "multipart/related",
        part("<p>Привет<img src=cid:1></p>", "text/html; charset=utf-8"),
        part("R0lG", "image/gif", "Content-ID: <1>", "Content-Transfer-Encoding: base64"),
        boundary="y",
    ).partition(b"<1@b.cd>\r\n")[2]
    parsed = parse(multipart("multipart/alternative", part("plain"), related))
    assert (parsed.text, "Привет" in parsed.html) == ("plain", True)
    attachment = parsed.attachments[0]
    assert (attachment.inline, attachment.content_id, attachment.content) == (True, "1", b"GIF")


@pytest.mark.parametrize(
    ("outer", "inner"),
    [("a", "a--"), ("a", "a----"), ("a--", "a----"), ("a----", "a--"), ("a--", "a"), ("a", "a--b"), ("a--b", "a")],
)
def test_a_boundary_that_looks_like_the_end_of_another_one_is_told_from_it(outer, inner):
    choice = multipart("multipart/alternative", part("plain"), part("<p>page", "text/html"), boundary=inner)
    file = part("x", "application/pdf", "Content-Disposition: attachment; filename=a.pdf")
    parsed = parse(multipart("multipart/mixed", choice, part("footer"), file, boundary=outer))
    assert parsed.text.split() == ["plain", "footer"]
    assert "<p>page" in parsed.html
    assert [found.name for found in parsed.attachments] == ["a.pdf"]


def test_boundaries_that_grow_by_dashes_are_told_from_each_other():
    deepest = multipart("multipart/alternative", part("plain"), part("<p>page", "text/html"), boundary="a----")
    middle = multipart("multipart/related", deepest, part("second"), boundary="a--")
    parsed = parse(multipart("multipart/mixed", middle, part("third"), boundary="a"))
    assert parsed.text.split() == ["plain", "second", "third"]
    assert parsed.defects == ()


@pytest.mark.parametrize("line", ["--x--y", "--x-", "--x---", "--x--  y", "--x y", "--x-- --"])
def test_a_line_that_only_begins_like_a_boundary_is_text(line):
    parsed = parse(multipart("multipart/mixed", part(f"one\r\n{line}\r\ntwo"), part("three")))
    assert parsed.text == f"one\n{line}\ntwo\n\nthree"


@pytest.mark.parametrize("line", ["--x--", "--x-- ", "--x--\t "])
def test_blanks_behind_the_last_boundary_count_for_nothing(line):
    parsed = parse(mail(b"--x\r\n\r\nhi\r\n" + line.encode() + b"\r\nend", kind="multipart/mixed; boundary=x"))
    assert (parsed.text, parsed.defects) == ("hi", ())


PAGE = b"--x\r\nContent-Type: text/html\r\n\r\n<p>page</p>\r\n--x--\r\n"
FILE = b"--x\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--x--\r\n"


@pytest.mark.parametrize(
    ("before", "rest", "text"),
    [
        (part("first") + b"\r\n", PAGE, "first"),
        (part("=D0=9F", "text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable"), PAGE, "П"),
        (b"just words\r\n\r\n", FILE, "just words"),
        (b"just words\r\n", b"--x--\r\n", "just words"),
        (part("<p>Hi", "text/html"), FILE, "Hi"),
        (part("late") + b"\r\n", b"--x\r\n\r\ntext\r\n--x--\r\n", "text"),
        (part("file", "text/csv"), PAGE, "page"),
    ],
)
@pytest.mark.parametrize("kind", ["multipart/alternative", "multipart/mixed"])
def test_text_before_the_first_boundary_is_kept_where_no_part_is_text(kind, before, rest, text):
    parsed = parse(mail(before.rstrip() + b"\r\n" + rest, kind=f"{kind}; boundary=x"))
    assert parsed.text.split("\n\n")[0] == text
    assert ("text_before_boundary" in parsed.defects) == (text not in {"text", "page"})


@pytest.mark.parametrize(
    "notice",
    [
        "This is a multi-part message in MIME format.",
        "This is a multipart message.",
        "This is an OpenPGP/MIME signed message (RFC 4880 and 3156)",
        "Это письмо в формате MIME.",
    ],
)
@pytest.mark.parametrize("rest", [PAGE, FILE])
def test_what_mail_programs_say_before_the_first_boundary_is_no_text(notice, rest):
    parsed = parse(mail(notice.encode() + b"\r\n\r\n" + rest, kind="multipart/mixed; boundary=x"))
    assert parsed.text == ("page" if rest is PAGE else "")
    assert parsed.defects == ()


def test_a_page_becomes_text():
    page = (
        "<style>p{}</style><p>Добрый день!</p><div style='display:none'>скрыто</div><ul><li>один<li>два</ul>"
        "<table><tr><td>a</td><td>b</td></tr></table><a href='https://x.yz/1'>сюда</a>"
        "<blockquote>old<blockquote>older</blockquote></blockquote><pre>1\n 2</pre>"
    )
    text = parse(mail(page.encode(), kind="text/html; charset=utf-8")).text
    lines = [line for line in text.split("\n") if line.strip("> ")]
    listed = ["Добрый день!", "- один", "- два", "a | b", "сюда <https://x.yz/1>"]
    assert lines == [*listed, "> old", ">> older", "1", " 2"]


def test_soft_breaks_are_undone():
    body = b"One line \r\nthat goes on.\r\n> quoted \r\n> too\r\n-- \r\nme"
    parsed = parse(mail(body, kind="text/plain; format=flowed"))
    assert parsed.text == "One line that goes on.\n> quoted too\n-- \nme"


def test_uuencoded_files_are_taken_out_of_the_text():
    body = b"See file\r\nbegin 644 a.txt\r\n%:&5L;&\\ \r\n`\r\nend\r\nBye\r\nbegin 12 apples today"
    parsed = parse(mail(body))
    assert [(file.name, file.content) for file in parsed.attachments] == [("a.txt", b"hello")]
    assert parsed.text == "See file\nBye\nbegin 12 apples today"


def test_a_mail_that_was_passed_on_whole_can_be_read():
    inner = "From: Боб <b@c.de>\r\nSubject: Не работает\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nПочему?"
    parsed = parse(multipart("multipart/mixed", part(inner, "message/rfc822")))
    assert "Subject: Не работает" in parsed.text
    assert parsed.text.endswith("Почему?")
    assert parsed.attachments[0].name == "Не работает.eml"


@pytest.mark.parametrize(
    ("raw", "text", "defect"),
    [
        (b"", "", None),
        (b"\r\n\r\njust words", "just words", None),
        (b"just words, no header", "just words, no header", "no_headers"),
        (b"Subject: only a header", "", None),
        (b"Subject: a\nno blank line\nrest", "no blank line\nrest", "header_without_end"),
        (b"Subject: a\r\rold\rMac", "old\nMac", None),
        (b"From x@y Mon May\nSubject: a\n\nmbox", "mbox", None),
        (b"Subject: a\r\r\n\r\r\nbroken breaks", "broken breaks", None),
        (b"Subject: a\x00b\r\n\r\nz\x00ero", "zero", "zero_bytes"),
        (mail(b"--x\r\n\r\nopen", kind="multipart/mixed; boundary=x"), "open", "boundary_not_closed"),
        (mail(b"--x\r\n\r\nhi\r\n--x--", kind="multipart/mixed"), "hi", "boundary_guessed"),
        (mail(b"words", kind="multipart/mixed; boundary=x"), "words", "no_boundary"),
        (mail(b"plain words here!", "Content-Transfer-Encoding: base64"), "plain words here!", "no_base64"),
        (mail(b"aGVsbG8=\r\n-- footer of a list --", "Content-Transfer-Encoding: base64"), "hello", "odd_base64"),
        (mail(b"a=3Db=\r\nc=ZZ", "Content-Transfer-Encoding: quoted-printable"), "a=bc=ZZ", None),
        (mail(b"words", "Content-Transfer-Encoding: x-none"), "words", "unknown_encoding"),
        (mail(b"words", kind=";;; charset"), "words", None),
        (mail(b"words", kind="text"), "words", None),
    ],
)
def test_broken_mails_are_read_as_far_as_they_go(raw, text, defect):
    parsed = parse(raw)
    assert parsed.text.strip() == text
    assert defect is None or defect in parsed.defects
    assert "not_parsed" not in parsed.defects


def nested(depth: int) -> bytes:
    opened = b"".join(b"--%d\r\nContent-Type: multipart/mixed; boundary=%d\r\n\r\n" % (n, n + 1) for n in range(depth))
    return mail(opened + b"--%d\r\n\r\nin the depth" % depth, kind="multipart/mixed; boundary=0")


def winmail(*attributes: tuple[int, bytes]) -> bytes:
    """A winmail.dat of these attributes."""
    packed = [struct.pack("<BHHI", 2, number, 6, len(data)) + data + b"\x00\x00" for number, data in attributes]
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(packed)


def test_files_in_a_winmail_dat_are_files():
    name = "Отчёт.pdf\x00".encode("utf-16-le")
    properties = struct.pack("<IHHII", 1, 0x1F, 0x3707, 1, len(name)) + name
    packed = winmail((0x9002, b""), (0x8010, b"REPORT~1.PDF\x00"), (0x800F, b"%PDF"), (0x9005, properties))
    raw = multipart("multipart/mixed", part("text"), mail(packed, kind="application/ms-tnef; name=winmail.dat"))
    found = parse(raw)
    assert [(file.name, file.content, file.content_type) for file in found.attachments] == [
        ("Отчёт.pdf", b"%PDF", "application/pdf")
    ]


BOMBS = {
    "nested": nested(3_000),
    "parts": mail(b"--x\r\n\r\na\r\n" * 100_000, kind="multipart/mixed; boundary=x"),
    "headers": b"".join(b"X-%d: y\r\n" % number for number in range(10_000)) + b"\r\nbody",
    "long header": b"Subject: " + b"x" * 5_000_000 + b"\r\n\r\nbody",
    "folded header": b"Subject: a\r\n" + b" b\r\n" * 500_000 + b"\r\nbody",
    "encoded words": b"Subject: " + b"=?utf-8?q?" * 200_000 + b"\r\n\r\nbody",
    "addresses": b"To: " + b"<a@b.cd>," * 200_000 + b"\r\n\r\n",
    "comments": b"From: " + b"(" * 500_000 + b"\r\n\r\n",
    "quotes": b"From: " + b'"\\' * 500_000 + b"\r\n\r\n",
    "html": mail(b"<div>" * 300_000 + b"words", kind="text/html"),
    "tables": mail(b"<table><tr><td>" * 50_000, kind="text/html"),
    "line breaks": b"Subject: a\r\n\r\n" + b"\r" * 3_000_000,
    "uuencode": mail(b"begin 644 a\r\n" * 200_000),
    "base64": mail(b"=" * 5_000_000, "Content-Transfer-Encoding: base64"),
    "digest": mail(b"--x\r\n\r\n\r\n" * 20_000, kind="multipart/digest; boundary=x"),
    "references": b"References: " + b"<a@b> " * 500_000 + b"\r\n\r\n",
    "parameters": mail(b"x", kind="text/plain" + ";a*0*=x" * 100_000),
    "zero": b"\x00" * 5_000_000,
    "boundaries within": mail(
        b"--x\r\n\r\n" + b'boundary="x--"\r\n--x--\r\n--x----\r\n' * 100_000, kind="multipart/mixed; boundary=x"
    ),
    "dashes": mail(b"--x" + b"-" * 5_000_001, kind="multipart/mixed; boundary=x"),
    "properties": mail(
        winmail((0x9003, b"\xff\xff\xff\xff" + b"\x1e\x10\x00\x10" * 50_000)), kind="application/ms-tnef"
    ),
    "winmail": mail(b"\x78\x9f\x3e\x22" + b"\x02" * 100_000, kind="application/ms-tnef"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_cost_little(name):
    began = time.process_time()
    parsed = parse(BOMBS[name])
    assert "not_parsed" not in parsed.defects
    assert time.process_time() - began < 5


def test_random_damage_never_crashes():
    chance = random.Random(6)
    message = EmailMessage()
    message["From"], message["Subject"] = "Ann <a@b.cd>", "Привет"
    message.set_content("Текст")
    message.add_alternative("<p>Текст</p>", subtype="html")
    message.add_attachment(b"data", maintype="application", subtype="pdf", filename="Отчёт.pdf")
    raw = bytes(message)
    for _ in range(1_500):
        damaged = bytearray(raw)
        for _ in range(chance.randint(1, 12)):
            damaged[chance.randrange(len(damaged))] = chance.choice(b'\r\n\x00 ;=:"<>-\xff\xd0A')
        assert "not_parsed" not in parse(bytes(damaged)).defects


def test_letters_of_other_alphabets_are_not_taken_for_russian():
    assert decode("Grüße aus Köln".encode("cp1252"), "iso-8859-1") == "Grüße aus Köln"
    assert decode("Łódź".encode("iso8859-2"), "iso-8859-2") == "Łódź"
    assert decode("日本語".encode("cp932"), "shift_jis") == "日本語"

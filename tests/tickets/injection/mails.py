"""The cases as raw mails, as a mail server would deliver them."""

import base64
from email.message import EmailMessage

from tests.tickets.injection.cases import Case, disguised


def sender_of(case: Case) -> str:
    return f"{case.token}-{case.language}@customers.example.org"


def mail_of(case: Case) -> bytes:
    """A mail with an honest question, and the order where the case has it."""
    mail = EmailMessage()
    one_line = " ".join(case.text.split())
    name = one_line if case.place == "sender name" else "Ann Lee"
    mail["From"] = f"Somebody <{sender_of(case)}>"
    mail["To"] = "support@example.com"
    mail["Subject"] = one_line[:400] if case.place == "subject" else case.question
    mail["Message-ID"] = f"<{case.token}.{case.language}@customers.example.org>"
    if case.place == "header":
        for name in ("X-Instruction", "X-Priority-Instruction", "Comments", "Keywords", "X-Decision"):
            mail[name] = one_line[:400]
    mail.set_content(f"{case.question}\n\n{_body(case)}")
    _dress(mail, case, one_line)
    return mail.as_bytes().replace(b"From: Somebody <", b"From: " + encoded(name) + b" <", 1)


def encoded(name: str) -> bytes:
    """As mail programs write a name with any letters; the standard library takes long ones out of their quotes."""
    pieces = [name[start : start + 12] for start in range(0, len(name), 12)]
    return b"\n ".join(b"=?utf-8?b?" + base64.b64encode(piece.encode()) + b"?=" for piece in pieces)


def _body(case: Case) -> str:
    text = disguised(case.place, case.text)
    match case.place:
        case "body" | "base64":
            return text
        case "quotation":
            quoted = "\n".join(f"> {line}" for line in text.splitlines())
            return f"On Mon, 1 Jan 2024 at 10:00, Support <support@example.com> wrote:\n{quoted}"
        case "signature":
            return f"-- \n{text}"
        case "forward":
            return f"---------- Forwarded message ---------\nFrom: Boss <boss@example.org>\nSubject: Rules\n\n{text}"
        case _:
            return "Ann"


def _dress(mail: EmailMessage, case: Case, one_line: str) -> None:
    match case.place:
        case "hidden HTML":
            hidden = f'<div style="display:none;font-size:0;color:#fff">{one_line}</div>'
            mail.set_content(f"<p>{case.question}</p>{hidden}", subtype="html")
        case "comment in HTML":
            mail.set_content(
                f"<p>{case.question}</p><!-- {one_line} --><p title='{one_line[:80]}'>Ann</p>", subtype="html"
            )
        case "text file":
            mail.add_attachment(case.text.encode(), maintype="text", subtype="plain", filename="notes.txt")
        case "PDF":
            mail.add_attachment(pdf(one_line), maintype="application", subtype="pdf", filename="notes.pdf")
        case "file name":
            mail.add_attachment(b"Ann", maintype="text", subtype="plain", filename=f"{one_line[:200]}.txt")


def pdf(text: str) -> bytes:
    """One page in a standard font, which has no Cyrillic letters: those are left out, the order stays."""
    shown = text.encode("latin-1", "ignore").decode("latin-1").replace("\\", "").replace("(", "[").replace(")", "]")
    lines = [shown[start : start + 80] for start in range(0, len(shown), 80)]
    drawn = "BT /F1 10 Tf 40 800 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    bodies = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R>>>>/Contents 5 0 R>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        f"<</Length {len(drawn)}>>\nstream\n{drawn}\nendstream",
    ]
    content, places = "%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(content))
        content += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(content)
    content += f"xref\n0 6\n0000000000 65535 f \n{table}trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n{start}\n%%EOF"
    return content.encode("latin-1")

"""Files that the tests read: those in `files/`, and small ones put together here."""

import io
import zipfile
from pathlib import Path

FILES = Path(__file__).parent / "files"

PAGE = """<!doctype html><html lang="ru"><head><title>Возврат — Ромашка</title><meta charset="{charset}">
<style>p {{ color: red }}</style></head><body class="page has-sidebar">
<header class="site-header"><a href="/">Ромашка</a><nav><ul><li><a href="/catalog">Каталог</a></li></ul></nav></header>
<div class="cookie-banner"><p>Мы используем cookies.</p><button>Принять</button></div>
<div class="breadcrumbs"><a href="/">Главная</a> / Возврат</div>
<main><h1>Возврат <em>товара</em></h1>
<p>Товар можно вернуть за <b>14 дней </b>после покупки,<br>если он <a href="https://example.com/q?a=1&amp;b=(2)">не был
в употреблении</a>. Наберите *100# или откройте snake_case_name.</p>
<h2 id="take">Что взять</h2>
<ul><li>Чек<li>Паспорт<ul><li>серия</li><li>номер</li></ul></li><li><p>Заявление</p><p>Два листа</p></li></ul>
<ol start="3"><li>Три<li>Четыре</ol>
<table><caption>Сроки</caption><thead><tr><th rowspan="2">Товар<th colspan="2">Срок</tr>
<tr><th>дней<th>часов</tr></thead>
<tr><td rowspan="2">Обувь | сумки<td>14<td>1<tr><td>30<td>2<tr><td colspan="3">Итого</table>
<pre><code class="language-sh">curl `x`
  -d 1</code></pre>
<p>1. Не список</p><p># не заголовок</p><blockquote><p>Цитата</p><p>и ещё</p></blockquote>
<p>См. <code>a`b</code>.</p><p hidden>Скрыто</p><img src="x.png" alt="Фото"><script>alert(1)</script></main>
<aside>Реклама</aside><footer>© 2026 Ромашка</footer></body></html>"""

PAGE_MARKDOWN = """# Возврат *товара*

Товар можно вернуть за **14 дней** после покупки,  
если он [не был в употреблении](https://example.com/q?a=1&b=%282%29). Наберите \\*100# или откройте snake_case_name.

## Что взять

- Чек
- Паспорт
  - серия
  - номер
- Заявление

  Два листа

3. Три
4. Четыре

**Сроки**

| Товар | Срок дней | Срок часов |
| --- | --- | --- |
| Обувь \\| сумки | 14 | 1 |
| Обувь \\| сумки | 30 | 2 |
| Итого |  |  |

```sh
curl `x`
  -d 1
```

1\\. Не список

\\# не заголовок

> Цитата
>
> и ещё

См. `` a`b ``."""  # noqa: W291 - two blanks are a line break in Markdown

RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def file(name: str) -> bytes:
    return (FILES / name).read_bytes()


def archive(parts: dict[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return packed.getvalue()


def word(body: str, before: str = "", **parts: str) -> bytes:
    """A Word file of the given body; the parts beside it are named by what they are to it."""
    links = "".join(f'<Relationship Id="{kind}" Type="x/{kind}" Target="{kind}.xml"/>' for kind in parts)
    document = f'{before}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    return archive(
        {
            "word/document.xml": document,
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{RELATIONS}">{links}</Relationships>',
            **{f"word/{kind}.xml": content for kind, content in parts.items()},
        }
    )


def paragraph(text: str, look: str = "") -> str:
    return f"<w:p><w:pPr>{look}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"

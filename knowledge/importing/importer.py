"""Goes through the files of a container and does for each what is to be done."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import batched
from typing import Any

from django.db import DatabaseError
from django.utils import timezone

from knowledge.folder import GUIDE
from knowledge.importing.comparing import is_as_imported, says_the_same, scopes_of, tags_of, was_edited
from knowledge.importing.containers import MANIFEST, Container
from knowledge.importing.errors import BadEntry, BadSource
from knowledge.importing.manifest import facts_of
from knowledge.importing.options import Options
from knowledge.importing.report import Failure, Report
from knowledge.importing.storing import Arrival, Original, store
from knowledge.importing.texts import (
    KEPT_FORMATS,
    Loaded,
    Text,
    digest_of,
    exported_text,
    folder_language,
    linked,
    questions,
    read_text,
    slug_of,
)
from knowledge.models import Document
from knowledge.readers import ReadingError
from knowledge.services import unpublish_document
from knowledge.services.documents import describe

AT_ONCE = 500
TABLES = (".csv", ".tsv")
LONGEST_SOURCE = 300

# What became of a file (a field of Report), and why.
Outcome = tuple[str, str]
Tell = Callable[[str, str, str], None]


@dataclass(slots=True)
class Import:
    """One container on its way in; `tell` hears of each file what became of it, with its source and the reason."""

    container: Container
    options: Options
    report: Report
    tell: Tell
    collection: str = ""
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    known: dict[str, Document] = field(default_factory=dict)
    slugs: dict[str, str] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def prepare(self) -> list[str]:
        """The names of the files, once the knowledge base has been looked into. Raises BadSource."""
        self.collection = self.options.collection or self.container.title
        if self.collection == GUIDE.name:
            raise BadSource(f"the name {GUIDE.name!r} belongs to the product's own guide; choose another --collection")
        self.facts = facts_of(self.container)
        names = [name for name in self.facts or self.container.names if name != MANIFEST]
        if not names:
            raise BadSource(f"{self.container.title}: there is no document in it")
        self._look_up(names)
        self._choose_slugs(names)
        return names

    def source_of(self, name: str) -> str:
        fact = self.facts.get(name)
        if fact is not None and not self.options.collection:
            return str(fact["source"])
        return f"{self.collection}/{name}" if self.collection else name

    def _look_up(self, names: list[str]) -> None:
        """The documents that came from here. Those of an export are known by their slugs, one by one."""
        if self.facts:
            return
        rows = Document.objects.defer("body", "places").prefetch_related("tags", "audiences")
        found = list(rows.filter(collection=self.collection)) if self.collection else []
        sources = [self.source_of(name) for name in names]
        for some in batched(sources, AT_ONCE):
            found += rows.filter(source__in=some)
        self.known = {document.source: document for document in found}

    def _choose_slugs(self, names: list[str]) -> None:
        """A slug for each file, so that links between them lead somewhere."""
        taken = {document.slug for document in self.known.values()}
        for name in names:
            source = self.source_of(name)
            document = self.known.get(source)
            usual = slug_of(name, self.options.language or folder_language(name))
            slug = document.slug if document else _other(usual, source) if usual in taken else usual
            taken.add(slug)
            self.slugs[name] = slug

    # Each file

    def deal_with(self, name: str) -> None:
        """One file; what is wrong with it is noted, and stops nothing else."""
        source = self.source_of(name)
        self.seen.add(source)
        try:
            for part, (kind, reason) in self._dealt(name, source):
                self._note(part, kind, reason)
        except (ReadingError, BadEntry) as error:
            self._fail(source, name, str(error))
        except OSError as error:
            self._fail(source, name, error.strerror or type(error).__name__)
        except DatabaseError as error:
            self._fail(source, name, f"it could not be saved: {error}")

    def _fail(self, source: str, name: str, reason: str) -> None:
        # Nothing is known of the rows of a table that cannot be read.
        self.seen |= {each for each in self.known if each.startswith(f"{source}#")}
        self._note(source or name, "failed", reason)

    def _note(self, source: str, kind: str, reason: str) -> None:
        noted: Any = Failure(source, reason) if kind in {"kept", "failed"} else source
        getattr(self.report, kind).append(noted)
        self.tell(kind, source, reason)

    def _dealt(self, name: str, source: str) -> Iterator[tuple[str, Outcome]]:
        if len(source) > LONGEST_SOURCE:
            raise BadEntry(f"its path is longer than {LONGEST_SOURCE} characters")
        loaded = self._loaded(name)
        is_table = self.options.questions and name.lower().endswith(TABLES)
        if is_table and self.options.split:
            self.seen.discard(source)
            yield from self._split(source, loaded.data)
            return
        if is_table:
            # Says so when it is none.
            next(questions(loaded.data), None)
        yield source or name, self._one(name, source, loaded, self._known(name, source))

    def _loaded(self, name: str) -> Loaded:
        if (load := getattr(self.container, "load", None)) is not None:
            loaded: Loaded = load(name, self.options.language)
            return loaded
        data = self.container.read(name)
        if fact := self.facts.get(name):
            return Loaded(digest_of(data, fact), lambda: exported_text(data, fact), data, fact.get("address", ""))
        return Loaded(digest_of(data), lambda: self._text(name, data), data)

    def _text(self, name: str, data: bytes) -> Text:
        text = read_text(data, name)
        return replace(text, body=linked(text.body, name, self.slugs)) if text.format == "markdown" else text

    def _split(self, source: str, data: bytes) -> Iterator[tuple[str, Outcome]]:
        """Each row of a table of questions is a document of its own, known by its question."""
        for text in questions(data):
            key = digest_of(text.title.lower().encode())[:12]
            own = f"{source}#{key}"
            if own in self.seen:
                yield own, ("failed", f"the question stands there twice: {text.title}")
                continue
            self.seen.add(own)
            row = replace(text, slug=f"{slug_of(text.title, '')[:120]}-{key}")
            loaded = Loaded(digest_of(text.body.encode()), partial(replace, row))
            yield own, self._one(text.title, own, loaded, self.known.get(own))

    def _known(self, name: str, source: str) -> Document | None:
        if fact := self.facts.get(name):
            rows = Document.objects.defer("body", "places")
            found: Document | None = rows.filter(slug=fact["slug"]).first()
            return found
        return self.known.get(source)

    def _one(self, name: str, source: str, loaded: Loaded, known: Document | None) -> Outcome:
        fact = self.facts.get(name, {})
        is_draft = self.options.draft or not fact.get("published", True)
        if known is not None:
            if known.is_withheld and not is_draft and not self.options.force:
                return "kept", "somebody has taken it off the site"
            if is_as_imported(known, loaded.digest) and (known.published or is_draft):
                return self._described(known)
        arrival = self._arrival(name, source, loaded, known)
        if known is None:
            return self._stored(arrival, None, "new")
        return self._replace(arrival, Document.objects.get(pk=known.pk))

    def _described(self, known: Document) -> Outcome:
        """The tags and the audience that were asked for, put onto a document whose file has not changed."""
        wanted, scopes = tags_of(known) | set(self.options.tags), set(self.options.scopes) or scopes_of(known)
        if wanted == tags_of(known) and scopes == scopes_of(known):
            return "unchanged", ""
        if not self.options.dry_run:
            describe(known, tags=sorted(wanted), scopes=sorted(scopes))
        return "changed", ""

    def _arrival(self, name: str, source: str, loaded: Loaded, known: Document | None) -> Arrival:
        text, options, fact = loaded.text(), self.options, self.facts.get(name, {})
        return Arrival(
            slug=known.slug if known else self._slug(name, source, text),
            source=source,
            text=text,
            language=options.language or text.language or folder_language(name) or text.guess,
            digest=loaded.digest,
            tags=_joined(text.tags, options.tags),
            scopes=list(options.scopes) or text.scopes,
            publish=False if text.published is False else None if options.draft else True,
            withheld=bool(fact.get("withheld")),
            address=loaded.address,
            original=self._original(name, text, loaded.data, fact),
        )

    def _slug(self, name: str, source: str, text: Text) -> str:
        slug = text.slug or self.slugs[name]
        taken = Document.objects.filter(slug=slug).only("source").first()
        if taken is None:
            return slug
        if text.slug:
            raise BadEntry(f"slug: {slug!r} is taken by a document from {taken.source or 'the admin'}")
        return _other(slug, source)

    def _original(self, name: str, text: Text, data: bytes, fact: dict[str, Any]) -> Original | None:
        if path := fact.get("original"):
            is_there = self.container.has(path)
            return Original(fact.get("original_name") or path, self.container.read(path)) if is_there else None
        return Original(name, data) if data and not fact and text.format in KEPT_FORMATS else None

    def _replace(self, arrival: Arrival, present: Document) -> Outcome:
        if says_the_same(present, arrival):
            if not self.options.dry_run:
                Document.objects.filter(pk=present.pk).update(file_fingerprint=arrival.mark)
            return "unchanged", ""
        if was_edited(present) and not self.options.force:
            return "kept", "somebody has changed it here; --force replaces it"
        return self._stored(arrival, present, "changed")

    def _stored(self, arrival: Arrival, known: Document | None, kind: str) -> Outcome:
        if not self.options.dry_run:
            store(arrival, known)
        return kind, ""

    # Afterwards

    def finish(self) -> None:
        """Notes what was seen, and takes out what is gone, as far as that was asked for."""
        if not self.options.dry_run:
            seen = [document.pk for source, document in self.known.items() if source in self.seen]
            for some in batched(seen, AT_ONCE):
                Document.objects.filter(pk__in=some).update(seen_at=timezone.now())
        if not self.container.whole or self.facts:
            return
        for source, document in self.known.items():
            if document.published and source not in self.seen:
                self._gone(document)

    def _gone(self, document: Document) -> None:
        if not self.options.prune:
            self._note(document.source, "gone", "")
            return
        if not self.options.dry_run:
            unpublish_document(document, file_is_gone=True)
        self._note(document.source, "removed", "")


def _other(slug: str, source: str) -> str:
    """A slug for a file whose usual one is taken; always the same for this file."""
    return f"{slug[:140]}-{digest_of(source.encode())[:8]}"


def _joined(own: list[str] | None, asked: tuple[str, ...]) -> list[str] | None:
    return None if own is None and not asked else sorted({*(own or ()), *asked})

"""How static files are named and served."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Hashed, compressed static files; imports between our ES modules are rewritten to the hashed names.

    A file missing from the manifest is served by its plain name, so pages also work before `collectstatic`.
    """

    manifest_strict = False
    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        clean = self.clean_name(name)
        return str(self.hashed_files.get(self.hash_key(clean), clean))

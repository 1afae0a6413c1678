"""Put templates and built static files inside the wheel, and refuse to build one without them."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CarryAssets(BuildHookInterface):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            # A checkout reads templates/ and static/ where they lie.
            return
        root = Path(self.root)
        if not (root / "static/vendor/manifest.json").is_file():
            raise FileNotFoundError("static/vendor is not built: run `make setup` first")
        for catalogue in (root / "clinic/translations").glob("*/LC_MESSAGES/*.po"):
            if not catalogue.with_suffix(".mo").is_file():
                raise FileNotFoundError(f"{catalogue} is not compiled: run `make setup` first")
        carried = {root / "templates": "clinic/templates"}
        carried |= {
            entry: f"clinic/static/{entry.name}" for entry in (root / "static").iterdir() if entry.name != "src"
        }
        build_data["force_include"] |= {str(source): target for source, target in carried.items() if source.exists()}

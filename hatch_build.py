"""Put the page templates and the built static files inside the wheel, and refuse to build one without them."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CarryAssets(BuildHookInterface):  # type: ignore[type-arg]
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            # A checkout reads templates/ and static/ where they lie.
            return
        root = Path(self.root)
        if not (root / "static/vendor/manifest.json").is_file():
            raise FileNotFoundError("static/vendor is not built: run `make setup` before building the wheel")
        catalogues = list((root / "clinic/translations").glob("*/LC_MESSAGES/*.po"))
        uncompiled = [po for po in catalogues if not po.with_suffix(".mo").is_file()]
        if uncompiled:
            raise FileNotFoundError(f"{uncompiled[0]} is not compiled: run `make setup` before building the wheel")
        carried = {"templates": "clinic/templates"}
        carried |= {
            f"static/{entry.name}": f"clinic/static/{entry.name}"
            for entry in (root / "static").iterdir()
            if entry.name != "src"
        }
        build_data["force_include"] |= {source: target for source, target in carried.items() if (root / source).exists()}

"""Fill a demo clinic with up to millions of synthetic forms, so that trends can be looked at and measured."""

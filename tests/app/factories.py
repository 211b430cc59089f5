"""Makes what tests need."""

import factory
from notes.models import Note


class NoteFactory(factory.django.DjangoModelFactory):
    """A note with a title and a text of its own."""

    class Meta:
        model = Note

    title = factory.Faker("sentence", nb_words=4)
    body = factory.Faker("paragraph")

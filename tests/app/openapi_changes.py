"""What of a new OpenAPI schema would break a client that was written for the old one.

What a client sends may only be asked less of, and what it is given may only grow: so a request's
schema is compared one way and an answer's the other. Errors are not compared: they have one shape.
"""

REQUEST, ANSWER = "request", "answer"
METHODS = ("get", "put", "post", "patch", "delete", "head", "options")
LIMITS = {
    "maxLength": 1,
    "maximum": 1,
    "maxItems": 1,
    "minLength": -1,
    "minimum": -1,
    "minItems": -1,
}


def breaking(old, new):
    """Each change as a sentence; none for schemas that fit."""
    return sorted(set(_Comparison(old, new).paths()))


def _types(schema):
    """Its types as a set: 3.0 says `nullable`, 3.1 says `["string", "null"]`."""
    given = schema.get("type", [])
    found = {given} if isinstance(given, str) else set(given)
    return found | ({"null"} if schema.get("nullable") else set())


def _name(parameter):
    return parameter["in"], parameter["name"]


class _Comparison:
    def __init__(self, old, new):
        self.old, self.new = old, new
        self._seen = set()

    def paths(self):
        for path, item in self.old["paths"].items():
            for method in METHODS:
                if method not in item:
                    continue
                after = self.new["paths"].get(path, {}).get(method)
                place = f"{method.upper()} {path}"
                if after is None:
                    yield f"{place}: is gone"
                else:
                    yield from self._operation(place, item[method], after)

    def _operation(self, place, old, new):
        if {} in old.get("security", [{}]) and {} not in new.get("security", [{}]):
            yield f"{place}: asks for a login now"
        yield from self._parameters(place, old, new)
        yield from self._body(place, old.get("requestBody"), new.get("requestBody"))
        for status, answer in old["responses"].items():
            if status[0] not in "23":
                continue
            after = new["responses"].get(status)
            if after is None:
                yield f"{place}: does not answer {status} any more"
                continue
            given = answer.get("content", {}), after.get("content", {})
            yield from self._content(f"{place} {status}", *given, way=ANSWER)

    def _parameters(self, place, old, new):
        before = {_name(one): one for one in old.get("parameters", [])}
        after = {_name(one): one for one in new.get("parameters", [])}
        for name, one in before.items():
            there = f"{place} parameter {name[1]}"
            if name not in after:
                yield f"{there}: is gone"
            else:
                yield from self._schema(there, one["schema"], after[name]["schema"], way=REQUEST)
        for name, one in after.items():
            if one.get("required") and not before.get(name, {}).get("required"):
                yield f"{place} parameter {name[1]}: is required now"

    def _body(self, place, old, new):
        if new and new.get("required") and not (old and old.get("required")):
            yield f"{place}: a body is required now"
        if old:
            given = old["content"], (new or {}).get("content", {})
            yield from self._content(f"{place} body", *given, way=REQUEST)

    def _content(self, place, old, new, *, way):
        for kind, media in old.items():
            if kind not in new:
                yield f"{place}: {kind} is gone"
            else:
                pair = media.get("schema", {}), new[kind].get("schema", {})
                yield from self._schema(place, *pair, way=way)

    def _schema(self, place, old, new, *, way):
        pair = (old.get("$ref"), new.get("$ref"), way)
        if pair[0] and pair[1]:
            # One that holds itself would be compared without end; its first place is told of.
            if pair in self._seen:
                return
            self._seen.add(pair)
        old, new = self._whole(old, self.old), self._whole(new, self.new)
        yield from self._kind(place, old, new, way=way)
        yield from self._fields(place, old, new, way=way)
        for part in ("items", "additionalProperties"):
            if isinstance(old.get(part), dict) and isinstance(new.get(part), dict):
                yield from self._schema(f"{place}[]", old[part], new[part], way=way)

    def _whole(self, schema, document):
        """The schema with its reference followed and its parts put together."""
        if "$ref" in schema:
            *_, name = schema["$ref"].split("/")
            return self._whole(document["components"]["schemas"][name], document)
        whole = {key: value for key, value in schema.items() if key not in ("allOf", "oneOf")}
        for part in schema.get("allOf", []):
            whole = {**self._whole(part, document), **whole}
        if choices := [self._whole(part, document) for part in schema.get("oneOf", [])]:
            whole["enum"] = [value for part in choices for value in part.get("enum", [])]
        return whole

    def _kind(self, place, old, new, *, way):
        wide, narrow = (old, new) if way == REQUEST else (new, old)
        before, after = _types(old), _types(new)
        lost = _types(wide) - _types(narrow)
        if before and after and lost - ({"integer"} if "number" in _types(narrow) else set()):
            yield f"{place}: was {'/'.join(sorted(before))}, is {'/'.join(sorted(after))}"
        if old.get("format") != new.get("format") and old.get("format"):
            yield f"{place}: the format was {old['format']}, is {new.get('format')}"
        if way == ANSWER:
            return
        gone = [value for value in old.get("enum") or [] if value not in new.get("enum", [value])]
        if gone or (new.get("enum") and not old.get("enum")):
            yield f"{place}: does not take {gone or 'every value'} any more"
        for limit, side in LIMITS.items():
            if limit in new and (limit not in old or side * new[limit] < side * old[limit]):
                yield f"{place}: {limit} is {new[limit]} now"
        if new.get("pattern") not in (None, old.get("pattern")):
            yield f"{place}: must look like {new['pattern']} now"

    def _fields(self, place, old, new, *, way):
        before, after = old.get("properties", {}), new.get("properties", {})
        must, must_now = set(old.get("required", [])), set(new.get("required", []))
        for name, field in before.items():
            if name not in after:
                yield f"{place}.{name}: is gone"
            else:
                yield from self._schema(f"{place}.{name}", field, after[name], way=way)
        if way == REQUEST:
            for name in sorted(must_now - must):
                yield f"{place}.{name}: is required now"
        else:
            for name in sorted((must - must_now) & set(after)):
                yield f"{place}.{name}: may be missing now"

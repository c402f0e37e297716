"""Compares what this project reads in feeds with what Python's feedparser reads in them.

Standard input: JSON lines {"file": path, "ours": null or the object of `lamplighter inspect feed FILE --json`}.
Standard output: one JSON object {"feeds", "lost_feeds", "lost_entries", "entries", "fields": {name: {"compared",
"agree"}}, "differences": [{"file", "entry", "field", "ours", "theirs"}]}.

A field is compared where feedparser has a value. Values are compared as readers see them: tags out, references
resolved, composed, spaces collapsed; dates as instants; addresses with the same escapes. Where the two differ on purpose,
a rule below says which side is right and why; a rule speaks of kinds of input, never of files.
"""

import calendar
import html
import json
import re
import sys
import unicodedata
import urllib.parse
import warnings

import feedparser

warnings.simplefilter("ignore")

FIELDS = ["title", "link", "authors", "published", "updated", "id", "summary", "content", "categories", "enclosures"]
DIFFERENCES_MAX = 2000


def text(value):
    """As a reader sees it. Titles in feeds are escaped once, twice or not at all."""
    value = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>", " ", value or "")
    for _ in range(3):
        value = re.sub(r"(?s)<!--.*?-->|<!\[CDATA\[|\]\]>", " ", value)
        value = re.sub(r"</?[A-Za-z][^<>]*>", " ", value)
        value = html.unescape(value)
    value = unicodedata.normalize("NFC", value)
    value = re.sub(r"[\u00ad\u200b\ufeff\ufffd\u202a-\u202e\u2066-\u2069]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", "", value)
    return re.sub(r"\s+", "", value)


def address(value):
    value = (value or "").strip()
    try:
        parts = urllib.parse.urlsplit(value)
        host = parts.netloc.lower()
    except ValueError:
        return value
    path = urllib.parse.quote(urllib.parse.unquote(parts.path)).rstrip("/")
    query = urllib.parse.unquote_plus(parts.query)
    return (parts.scheme.lower(), host, path, query, urllib.parse.unquote(parts.fragment))


def same_address(ours, theirs):
    return address(ours) == address(theirs)


def instant(parsed):
    try:
        return calendar.timegm(parsed)
    except (TypeError, ValueError, OverflowError):
        return None


def our_instant(value):
    if value is None:
        return None
    parsed = feedparser.datetimes._parse_date(value)
    return instant(parsed)


def own(entry, key):
    """Without feedparser's habit of answering with another key."""
    return dict.get(entry, key)


def names(entry):
    found = [it.get("name") or it.get("email") or "" for it in own(entry, "authors") or []]
    return [it for it in found + [own(entry, "author") or ""] if it]


def name_words(value):
    value = text_with_spaces(value)
    value = re.sub(r"\S+@\S+", " ", value)
    words = re.findall(r"\w+", value.lower())
    return {it for it in words if it not in ("by", "and")}


def text_with_spaces(value):
    for _ in range(3):
        value = html.unescape(re.sub(r"</?[A-Za-z][^<>]*>", " ", value or ""))
    return unicodedata.normalize("NFC", value)


def compare_dates(ours, theirs, _entry, _mine):
    # feedparser does not tell a broken date from a missing one; there is nothing to compare then.
    at = instant(theirs)
    if at is None:
        return None
    mine = our_instant(ours)
    # Rule: no web page is older than 1980 or younger than 2200; such dates are some program's zero.
    if mine is None and not 315532800 <= at <= 7258118400:
        return None
    return mine == at


def compare(field, mine, entry):
    """True, False, or None where there is nothing to compare."""
    if field in ("published", "updated"):
        return compare_dates(mine[field], own(entry, field + "_parsed"), entry, mine)
    if field == "title":
        theirs = text(own(entry, "title"))
        return None if not theirs else text(mine["title"]) == theirs
    if field == "link":
        theirs = own(entry, "link")
        return None if not theirs else same_address(mine["link"], theirs)
    if field == "id":
        theirs = own(entry, "id")
        return None if not theirs else text(mine["id"]) == text(theirs)
    if field == "authors":
        words = set().union(*[name_words(it) for it in names(entry)] or [set()])
        # Rule: a mail address alone is no name.
        if not words:
            return None
        return words == set().union(*[name_words(it) for it in mine["authors"]] or [set()])
    if field == "summary":
        theirs = text(own(entry, "summary"))
        if not theirs:
            return None
        # Rule: feedparser repeats the content as a summary where there is none.
        return theirs in (text(mine["summary"]), "" if mine["summary"] else text(mine["content"]))
    if field == "content":
        theirs = [text(it.get("value")) for it in own(entry, "content") or []]
        theirs = [it for it in theirs if it]
        if not theirs:
            return None
        return text(mine["content"]) in theirs
    if field == "categories":
        mine = {text(it).lower() for it in mine["sections"]}
        tags = own(entry, "tags") or []
        tags = [{text(it.get("term")).lower(), text(it.get("label")).lower()} - {""} for it in tags]
        # Rule: categories that are addresses mean nothing to people.
        tags = [it for it in tags if it and not any(name.startswith("http") for name in it)]
        if not tags:
            return None
        return all(it & mine for it in tags[:100])
    theirs = [it for it in own(entry, "links") or [] if it.get("rel") == "enclosure" and it.get("href")]
    if not theirs:
        return None
    def kept(it):
        for mine_one in mine["enclosures"]:
            if same_address(mine_one["url"], it["href"]) and mine_one["type"] == it.get("type", mine_one["type"]):
                length = re.fullmatch(r"\d+", (it.get("length") or "").strip())
                if length is None or mine_one["length"] == int(length.group()):
                    return True
        return False
    return all(kept(it) for it in theirs)


def shown(field, mine, entry):
    theirs = {"categories": "tags", "published": "published", "updated": "updated"}.get(field, field)
    value = names(entry) if field == "authors" else dict.get(entry, theirs)
    if field == "enclosures":
        value = [it for it in own(entry, "links") or [] if it.get("rel") == "enclosure"]
    mine = mine["sections" if field == "categories" else field]
    return {"ours": str(mine)[:300], "theirs": str(value)[:300]}


def same_entry(mine, entry):
    return (text(mine["title"]) == text(own(entry, "title"))) + same_address(mine["link"], own(entry, "link")) * 2 + (
        text(mine["id"]) == text(own(entry, "id"))
    ) * 2


def paired(ours, theirs):
    """Entries in the order of the document; where one side has more, by what they name."""
    if len(ours) == len(theirs):
        return list(zip(ours, theirs))
    pairs, at = [], 0
    for entry in theirs:
        rest = list(range(at, len(ours)))
        best = max(rest, key=lambda it: (same_entry(ours[it], entry), -it), default=None)
        if best is not None:
            pairs.append((ours[best], entry))
            at = best + 1
    return pairs


def main():
    report = {
        "feeds": 0,
        "entries": 0,
        "lost_feeds": [],
        "lost_entries": [],
        "fields": {field: {"compared": 0, "agree": 0} for field in FIELDS},
        "differences": [],
    }
    for line in sys.stdin:
        line = json.loads(line)
        with open(line["file"], "rb") as file:
            document = file.read()
        try:
            judged = feedparser.parse(document, sanitize_html=False, resolve_relative_uris=False)
        except Exception as error:  # feedparser's own defects say nothing about us
            print(f"feedparser gave up on {line['file']}: {error!r}", file=sys.stderr)
            continue
        theirs = judged.entries
        if not theirs:
            continue
        report["feeds"] += 1
        report["entries"] += len(theirs)
        if line["ours"] is None:
            report["lost_feeds"].append(line["file"])
            continue
        ours = line["ours"]["entries"]
        if len(ours) < min(len(theirs), 500):
            report["lost_entries"].append({"file": line["file"], "ours": len(ours), "theirs": len(theirs)})
        for number, (mine, entry) in enumerate(paired(ours, theirs)):
            for field in FIELDS:
                agrees = compare(field, mine, entry)
                if agrees is None:
                    continue
                report["fields"][field]["compared"] += 1
                if agrees:
                    report["fields"][field]["agree"] += 1
                elif len(report["differences"]) < DIFFERENCES_MAX:
                    where = {"file": line["file"], "entry": number, "field": field}
                    report["differences"].append(where | shown(field, mine, entry))
    json.dump(report, sys.stdout)


main()

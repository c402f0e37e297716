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


def own(entry, key):
    """Without feedparser's habit of answering with another key."""
    return dict.get(entry, key)


def is_web_address(value):
    return re.match(r"(?i)https?://", (value or "").strip()) is not None


def names(entry):
    found = [it.get("name") or it.get("email") or "" for it in own(entry, "authors") or []]
    return [it for it in found + [own(entry, "author") or ""] if it]


def name_words(values):
    words = set()
    for value in values:
        value = text_with_spaces(value)
        value = re.sub(r"mailto:|\S+@\S+", " ", value)
        words |= {it for it in re.findall(r"\w+", value.lower()) if it not in ("by", "and")}
    return words


def text_with_spaces(value):
    for _ in range(3):
        value = html.unescape(re.sub(r"</?[A-Za-z][^<>]*>", " ", value or ""))
    return unicodedata.normalize("NFC", value)


def compare_date(field, mine, entry):
    parsed, written = own(entry, field + "_parsed"), own(entry, field) or ""
    at = instant(parsed)
    # Rule: a date outside 1980 to 2200 is some program's zero, or a number that feedparser takes for a year.
    if at is None or not 315532800 <= at <= 7258118400:
        return None
    # Rule: feedparser does not see "PM", reads no day in "2026/11/23" and no time before a named zone in ISO 8601, takes a
    # count of seconds for a year and a day, and moves days that the calendar does not have into the next month.
    if re.search(r"(?i)\b[ap]m\b|\d{4}/\d+/|^\d{4}-.*[ \d][a-y]+$|^\s*\d{9,}\s*$|[a-z]{3,4}[+-]\d|-02-(29|3\d)|-(04|06|09|11)-31", written):
        return None
    # Rule: of several dates of one kind the first that is one counts, not the last.
    return instant(feedparser.datetimes._parse_date(mine[field] or "")) == at


def compare_link(mine, entry, feed):
    theirs, ours = own(entry, "link"), mine["link"]
    if not theirs or same_address(ours, theirs):
        return bool(theirs) or None
    # Rule: an identifier that is no address is no link, though feedparser makes it one.
    if ours is None and (not is_web_address(theirs) or (mine["id"] and theirs.endswith(mine["id"]))):
        return None
    # Rule: an empty address names nothing; feedparser gives all such entries the base of the feed.
    if ours == mine["id"] and feed["links"].count(theirs) > 1:
        return None
    # Rule: without a base, relative addresses are meant against the site that the feed names.
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", theirs):
        wanted = urllib.parse.unquote(theirs.strip().lstrip("./"))
        return urllib.parse.unquote(ours or "").endswith(wanted)
    # Rule: of several links of one kind the first is the entry's, not the last; its text counts, not foreign attributes.
    hrefs = [it.get("href") for it in own(entry, "links") or [] if it.get("rel") in ("alternate", None)]
    if len(hrefs) > 1 and any(same_address(ours, it) for it in hrefs):
        return None
    if not is_web_address(theirs) and is_web_address(ours):
        return None
    return False


def compare_authors(mine, entry):
    theirs, ours = name_words(names(entry)), name_words(mine["authors"])
    # Rule: a mail address alone is no name.
    if not theirs or theirs == ours:
        return bool(theirs) or None
    # Rule: who wrote the entry is said by the format's own element, else by Dublin Core, else by iTunes; the name of a
    # programme does not add to the name of a person. One of feedparser's authors must be there in full.
    # Rule: feedparser leaves a piece of mail addresses in top-level domains of five letters and more.
    whole = [name_words([it]) for it in names(entry)]
    return bool(ours) and ours <= theirs and any(it and it <= ours for it in whole) or (
        "@" in str(own(entry, "author")) and bool(ours) and ours <= theirs
    )


def compare_enclosures(mine, entry):
    theirs = [it for it in own(entry, "links") or [] if it.get("rel") == "enclosure" and it.get("href")]
    if not theirs:
        return None

    def is_kept(it):
        kind = it.get("type") or ""
        length = re.fullmatch(r"\d{1,18}", (it.get("length") or "").strip())
        for own_one in mine["enclosures"]:
            relative = not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", it["href"])
            wanted = it["href"].strip().lstrip("./")
            same = same_address(own_one["url"], it["href"]) or (relative and own_one["url"].endswith(wanted))
            # Rule: feedparser says "text/html" where an Atom link says nothing.
            if same and (own_one["type"] == kind.strip() or (kind == "text/html" and own_one["type"] == "")):
                if length is None or own_one["length"] == int(length.group()):
                    return True
        return False

    return all(is_kept(it) for it in theirs)


def compare(field, mine, entry, feed):
    """True, False, or None where there is nothing to compare."""
    if field in ("published", "updated"):
        return compare_date(field, mine, entry)
    if field == "link":
        return compare_link(mine, entry, feed)
    if field == "authors":
        return compare_authors(mine, entry)
    if field == "enclosures":
        return compare_enclosures(mine, entry)
    # Rule: a document in no known encoding is mojibake in feedparser (unless chardet is there too); we look at the bytes.
    if feed["unknown_encoding"]:
        return None
    if field == "id":
        theirs = own(entry, "id")
        # Rule: an id is kept as it is written, also where a base is declared: it is compared, not followed.
        return None if not theirs else text(theirs).endswith(text(mine["id"])) and bool(mine["id"])
    if field == "title":
        theirs = text(own(entry, "title"))
        # Rule: a title beyond a thousand characters is text gone astray, and cut.
        return None if not theirs or len(theirs) > 900 else text(mine["title"]) == theirs
    if field == "summary":
        theirs = text(own(entry, "summary"))
        if not theirs:
            return None
        if not mine["summary"]:
            # Rule: feedparser repeats the content as a summary where there is none.
            return theirs == text(mine["content"])
        # Rule: what Media RSS says of a picture does not replace what the feed says of the entry.
        return theirs == text(mine["summary"]) or (feed["has_media"] and theirs in (text(mine["content"]), ""))
    if field == "content":
        theirs = [text(it.get("value")) for it in own(entry, "content") or []]
        theirs = [it for it in theirs if it]
        # Rule: a caption of Media RSS is no content; feedparser takes it for a second description, and so for content.
        if not theirs or (feed["has_media"] and mine["content"] is None):
            return None
        return text(mine["content"]) in theirs
    mine = {text(it).lower() for it in mine["sections"]}
    tags = [{text(it.get("term")).lower(), text(it.get("label")).lower()} - {""} for it in own(entry, "tags") or []]
    # Rule: categories that are addresses mean nothing to people. A hundred of an entry are kept.
    tags = [it for it in tags if it and not any(name.startswith("http") for name in it)]
    return None if not tags else all(it & mine for it in tags[:100])


def shown(field, mine, entry):
    value = dict.get(entry, {"categories": "tags"}.get(field, field))
    if field == "authors":
        value = names(entry)
    if field == "enclosures":
        value = [it for it in own(entry, "links") or [] if it.get("rel") == "enclosure"]
    mine = mine["sections" if field == "categories" else field]
    return {"ours": str(mine)[:300], "theirs": str(value)[:300]}


def circumstances(document, ours, theirs):
    try:
        document.decode("utf-8")
        is_utf_8 = True
    except UnicodeDecodeError:
        is_utf_8 = False
    head = document[:1024]
    is_declared = b"encoding=" in head or head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head[:4]
    bozo = ours.get("bozo") or ""
    return {
        "has_media": b"search.yahoo.com/mrss" in document or b"<media:" in document,
        "unknown_encoding": not is_utf_8 and (not is_declared or "not declared, or wrongly" in bozo),
        # Rule: entities that a DOCTYPE declares are never expanded.
        "has_entities": b"<!ENTITY" in document,
        # Rule: an element that the end of the document cuts is not read, and an entry without a whole title neither.
        "is_cut": re.search(rb"(?i)</[^<>]*(rss|feed|rdf|channel)\s*>", document[-4000:]) is None,
        "links": [own(it, "link") for it in theirs],
    }


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
        feed = circumstances(document, line["ours"], theirs)
        if len(ours) < min(len(theirs) - feed["is_cut"], 500):
            report["lost_entries"].append({"file": line["file"], "ours": len(ours), "theirs": len(theirs)})
        pairs = paired(ours, theirs)
        for number, (mine, entry) in enumerate(pairs):
            if feed["has_entities"] or (feed["is_cut"] and number + 1 == len(pairs)):
                continue
            for field in FIELDS:
                agrees = compare(field, mine, entry, feed)
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

//! Each field of a page from the best place that names it: JSON-LD, then `<meta>`, then the page itself.

use super::linked::Linked;
use super::meta::Meta;
use super::{authors, titles};
use crate::base::Timestamp;
use crate::base::text::one_line;
use crate::gather::feed::{parse_date, plain};
use crate::gather::language;
use dom_query::Document;
use url::Url;

/// A longer text is no name and no date.
const FIELD_CHARS_MAX: usize = 200;

/// What is known of a page before its text is looked for.
pub(super) struct Facts<'a> {
    pub document: &'a Document,
    pub meta: &'a Meta,
    pub linked: &'a Linked,
    pub url: Option<&'a Url>,
}

/// Text of a date, in any of the forms that feeds and pages use.
pub(super) fn date(text: &str) -> Option<Timestamp> {
    parse_date(text)
}

impl Facts<'_> {
    pub fn title(&self) -> String {
        let heading = self.heading();
        let sites = self.sites();
        let named = [
            self.linked.headline.as_str(),
            self.meta.first(&[
                "og:title",
                "parsely-title",
                "sailthru.title",
                "dc.title",
                "dcterms.title",
                "citation_title",
                "twitter:title",
            ]),
        ];
        let cut = |title: &str| title.ends_with("...") || title.ends_with('\u{2026}');
        let own = plain(&self.document.select("title").first().inner_html());
        let all = named.into_iter().chain([own.as_str(), heading.as_str()]).filter(|it| !it.is_empty());
        let title = all.clone().find(|it| !cut(it)).or_else(|| all.clone().next()).unwrap_or_default();
        titles::headline(title, &heading, &sites, self.url)
    }

    /// The names that the page gives to its site.
    fn sites(&self) -> Vec<&str> {
        let names = ["og:site_name", "application-name", "twitter:site", "al:android:app_name"];
        names.iter().map(|name| self.meta.first(&[name]).trim_start_matches('@')).filter(|it| !it.is_empty()).collect()
    }

    /// The `<h1>`, if there is one and it is no sign of the site.
    fn heading(&self) -> String {
        let all: Vec<String> =
            self.document.select("h1").nodes().iter().take(5).map(|it| plain(&it.inner_html())).collect();
        let own = self.document.select("[itemprop~=headline]").first();
        let marked = if own.exists() { plain(&own.inner_html()) } else { String::new() };
        if !marked.is_empty() {
            return marked;
        }
        match all.iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().as_slice() {
            [one] => (*one).clone(),
            _ => String::new(),
        }
    }

    pub fn authors(&self) -> Vec<String> {
        let named = authors::tidy(&self.linked.authors);
        if !named.is_empty() {
            return named;
        }
        for names in [
            &["article:author", "og:article:author"] as &[&str],
            &[
                "author",
                "parsely-author",
                "sailthru.author",
                "byl",
                "dc.creator",
                "dcterms.creator",
                "citation_author",
                "cxenseparse:author",
            ],
            &["twitter:data1"],
        ] {
            let is_label = names == ["twitter:data1"];
            if is_label && !self.meta.first(&["twitter:label1"]).to_lowercase().contains("written by") {
                continue;
            }
            let found = authors::tidy(&self.meta.all(names));
            if !found.is_empty() {
                return found;
            }
        }
        let places = [
            "[itemprop~=author] [itemprop~=name]",
            "[itemprop~=author]",
            "a[rel~=author]",
            "[class*=byline] a[href*=author]",
            "[class*=author-name], [class*=author_name], [class*=authorName]",
            "[class*=byline], [class*=Byline]",
            "[class~=author]",
        ];
        places
            .iter()
            .map(|place| authors::tidy(&self.short_texts(place, 6)))
            .find(|it| !it.is_empty())
            .unwrap_or_default()
    }

    fn short_texts(&self, selector: &str, most: usize) -> Vec<String> {
        let nodes = self.document.select(selector);
        let texts = nodes.nodes().iter().take(most).map(|it| {
            let content = it.attr("content").map(|it| it.to_string()).filter(|it| !it.trim().is_empty());
            plain(&content.unwrap_or_else(|| it.inner_html().to_string()))
        });
        texts.filter(|it| !it.is_empty() && it.chars().count() <= FIELD_CHARS_MAX).collect()
    }

    pub fn published(&self) -> Option<Timestamp> {
        let names = [
            "article:published_time",
            "og:article:published_time",
            "article:published",
            "parsely-pub-date",
            "sailthru.date",
            "datepublished",
            "cxenseparse:recs:publishtime",
            "og:published_time",
            "publishdate",
            "publish-date",
            "pubdate",
            "dc.date.issued",
            "dcterms.issued",
            "dcterms.created",
            "dc.date",
            "dcterms.date",
            "date",
            "dc.date.created",
            "citation_publication_date",
            "originalpublicationdate",
            "publish_date",
            "published_at",
            "article_date_original",
        ];
        date(&self.linked.published).or_else(|| names.iter().find_map(|name| date(self.meta.first(&[name])))).or_else(
            || {
                let places = [
                    "[itemprop~=datePublished]",
                    "time[pubdate]",
                    "time.published",
                    "article time[datetime]",
                    "main time[datetime]",
                    "time[datetime]",
                    "[class*=publish], [class*=Publish]",
                    "[class*=timestamp], [class*=dateline], [class*=post-date], [class*=entry-date], [class~=date]",
                ];
                places.iter().find_map(|place| self.dates_at(place))
            },
        )
    }

    pub fn updated(&self) -> Option<Timestamp> {
        let names = [
            "article:modified_time",
            "og:updated_time",
            "article:updated_time",
            "datemodified",
            "dcterms.modified",
            "dc.date.modified",
            "last-modified",
            "lastmod",
            "revised",
            "article:modified",
        ];
        date(&self.linked.updated)
            .or_else(|| names.iter().find_map(|name| date(self.meta.first(&[name]))))
            .or_else(|| self.dates_at("[itemprop~=dateModified]"))
    }

    fn dates_at(&self, selector: &str) -> Option<Timestamp> {
        self.document.select(selector).nodes().iter().take(5).find_map(|it| {
            let stated = ["datetime", "content"].iter().filter_map(|name| it.attr(name)).find_map(|it| date(&it));
            stated.or_else(|| date(&plain(&it.inner_html())))
        })
    }

    /// The sections that the page names, the primary one first.
    pub fn sections(&self) -> Vec<String> {
        let names = [
            "article:section",
            "og:article:section",
            "parsely-section",
            "section",
            "articlesection",
            "og:section",
            "article:section:name",
            "dc.subject.section",
        ];
        let of_meta = names.iter().map(|name| self.meta.all(&[name])).find(|it| !it.is_empty()).unwrap_or_default();
        // Behind the site's front page.
        let crumbs: Vec<String> = match self.linked.breadcrumb.split_first() {
            Some((first, rest)) if !rest.is_empty() || first.to_lowercase().starts_with("home") => rest.to_vec(),
            _ => self.linked.breadcrumb.clone(),
        };
        let title = self.linked.headline.to_lowercase();
        let crumbs = crumbs.into_iter().filter(|it| it.to_lowercase() != title).collect();
        titles::sections(&[self.linked.sections.clone(), of_meta, crumbs], &self.sites(), self.url)
    }

    /// Sections, then tags and keywords.
    pub fn categories(&self, sections: &[String]) -> Vec<String> {
        let mut out = sections.to_vec();
        let tags = self.meta.all(&["article:tag", "og:article:tag", "parsely-tags", "sailthru.tags", "news_keywords"]);
        let tags = tags.iter().flat_map(|it| it.split(',')).map(one_line);
        for tag in self
            .linked
            .keywords
            .iter()
            .map(|it| one_line(it))
            .chain(tags)
            .filter(|it| !it.is_empty() && it.chars().count() <= 60)
        {
            if !out.iter().any(|known| known.to_lowercase() == tag.to_lowercase()) {
                out.push(tag);
            }
        }
        out.truncate(30);
        out
    }

    pub fn dek(&self, title: &str) -> String {
        let named = [
            "og:description",
            "description",
            "twitter:description",
            "dc.description",
            "dcterms.abstract",
            "sailthru.description",
        ];
        let all =
            std::iter::once(self.linked.description.as_str()).chain(named.iter().map(|name| self.meta.first(&[name])));
        let all: Vec<String> = all.map(one_line).filter(|it| !it.is_empty() && it != title).collect();
        // One that is not cut off, if there is one.
        let whole = all.iter().find(|it| !it.ends_with("...") && !it.ends_with('\u{2026}') && !it.ends_with("[...]"));
        whole.or(all.first()).cloned().unwrap_or_default()
    }

    pub fn pictures(&self) -> Vec<String> {
        let names = [
            "og:image:secure_url",
            "og:image",
            "og:image:url",
            "twitter:image",
            "twitter:image:src",
            "parsely-image-url",
            "sailthru.image.full",
        ];
        names.iter().flat_map(|name| self.meta.all(&[name])).collect()
    }

    /// What the page declares, else what its text is in; a script that belies the declaration decides.
    pub fn language(&self, text: &str) -> String {
        let root = self.document.select("html").first();
        let root = [root.attr_or("lang", "").to_string(), root.attr_or("xml:lang", "").to_string()];
        let declared = [
            root[0].as_str(),
            root[1].as_str(),
            self.meta.first(&["og:locale"]),
            &self.linked.language,
            self.meta.first(&["content-language", "language", "dc.language", "dcterms.language"]),
        ];
        let declared = declared.iter().find_map(|it| language::normal(it.split([',', ';']).next().unwrap_or_default()));
        let detected = || language::detect(text);
        match declared {
            Some(tag) => match language::of_other_script(&tag, text) {
                true => detected().map_or(tag, str::to_owned),
                false => tag,
            },
            None => detected().unwrap_or_default().to_owned(),
        }
    }
}

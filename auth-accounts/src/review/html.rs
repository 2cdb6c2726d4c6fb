//! A review as a page.

use std::fmt::{self, Write as _};

use super::{AccessReview, ReviewedAccount, ReviewedAssignment, ReviewedEndpoint};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;\
    padding:0 1rem;color:#1b1b1b;background:#fff}table{border-collapse:collapse;width:100%;\
    margin:1rem 0 2.5rem}caption{text-align:left;padding:.5rem 0;font-weight:600}th,td{text-align:left;\
    vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid #767676}code{font:0.9em \
    ui-monospace,monospace;overflow-wrap:anywhere}\
    @media(prefers-color-scheme:dark){body{color:#f0f0f0;background:#151515}a{color:#9cc7ff}}";

impl AccessReview {
    /// The policy for the page: it loads nothing and runs nothing.
    pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'";

    /// The review as a page of HTML, without scripts: a table for each endpoint, and one of the accounts.
    #[must_use]
    pub fn to_html(&self) -> String {
        let mut page = String::new();
        // A `String` takes all that is written to it.
        let _ = self.write(&mut page);
        page
    }

    fn write(&self, page: &mut String) -> fmt::Result {
        write!(
            page,
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>Access review</title>\
             <style>{STYLE}</style></head><body><main><h1>Access review</h1>\
             <p>Made at {}. {} endpoints, {} accounts.</p>\
             <nav aria-label=\"Parts\"><ul><li><a href=\"#endpoints\">Who can call each endpoint</a></li>\
             <li><a href=\"#accounts\">What each account can call</a></li></ul></nav>\
             <h2 id=\"endpoints\">Who can call each endpoint</h2>",
            Time(Some(self.at)),
            self.endpoints.len(),
            self.accounts.len(),
        )?;
        for endpoint in &self.endpoints {
            of_endpoint(page, endpoint)?;
        }
        page.push_str("<h2 id=\"accounts\">What each account can call</h2>");
        for account in &self.accounts {
            of_account(page, account)?;
        }
        page.push_str("</main></body></html>\n");
        Ok(())
    }
}

fn of_endpoint(page: &mut String, it: &ReviewedEndpoint) -> fmt::Result {
    write!(page, "<h3><code>{}</code></h3>", Text(&it.endpoint))?;
    if it.public {
        page.push_str("<p>Anyone.</p>");
        return Ok(());
    }
    write!(page, "<p>Requires <code>{}</code>.</p>", Text(&it.requirement))?;
    for every in &it.every_account {
        write!(page, "<p>Every account by {}", Text(&every.method))?;
        if let Some(provided) = &every.provided {
            write!(page, ", provided <code>{}</code>", Text(provided))?;
        }
        page.push_str(".</p>");
    }
    if it.callers.is_empty() {
        if it.every_account.is_empty() {
            page.push_str("<p>No account.</p>");
        }
        return Ok(());
    }
    write!(page, "<table><caption>By name: <code>{}</code></caption>", Text(&it.endpoint))?;
    page.push_str(
        "<thead><tr><th scope=\"col\">Account</th><th scope=\"col\">By</th>\
         <th scope=\"col\">Provided</th><th scope=\"col\">Because</th></tr></thead><tbody>",
    );
    for caller in &it.callers {
        write!(page, "<tr><th scope=\"row\">{}", Text(&caller.username))?;
        write!(page, "<br><code>{}</code></th><td>{}", caller.account, Text(&caller.method))?;
        if let Some(key) = &caller.key {
            write!(page, " <code>{}</code> “{}”", key.id, Text(&key.name))?;
            write!(page, ", until {}", Time(key.expires_at))?;
        }
        let provided = caller.provided.as_deref().unwrap_or_default();
        write!(page, "</td><td><code>{}</code></td><td>", Text(provided))?;
        let which = if caller.all_needed { "All of: " } else { "" };
        page.push_str(which);
        assignments(page, &caller.because)?;
        page.push_str("</td></tr>");
    }
    page.push_str("</tbody></table>");
    Ok(())
}

fn of_account(page: &mut String, it: &ReviewedAccount) -> fmt::Result {
    write!(page, "<h3>{} <code>{}</code></h3>", Text(&it.username), it.id)?;
    if it.status == crate::model::AccountStatus::Locked {
        page.push_str("<p>Locked: it can call nothing.</p>");
    }
    page.push_str("<p>Has: ");
    assignments(page, &it.assignments)?;
    page.push_str(".</p>");
    if it.calls.is_empty() {
        page.push_str("<p>Nothing beyond what every account can call.</p>");
        return Ok(());
    }
    page.push_str("<ul>");
    for call in &it.calls {
        write!(page, "<li><code>{}</code> by {}", Text(&call.endpoint), Text(&call.method))?;
        if let Some(key) = &call.key {
            write!(page, " <code>{key}</code>")?;
        }
        if let Some(provided) = &call.provided {
            write!(page, ", provided <code>{}</code>", Text(provided))?;
        }
        page.push_str("</li>");
    }
    page.push_str("</ul>");
    Ok(())
}

fn assignments(page: &mut String, list: &[ReviewedAssignment]) -> fmt::Result {
    if list.is_empty() {
        page.push_str("nothing");
    }
    for (place, it) in list.iter().enumerate() {
        let comma = if place > 0 { "; " } else { "" };
        write!(page, "{comma}{} <strong>{}</strong>", it.kind.as_str(), Text(&it.name))?;
        write!(page, " by {}", it.origin.as_str())?;
        if let Some(person) = &it.granted_by {
            write!(page, " of <code>{person}</code>")?;
        }
        write!(page, " since {}", Time(Some(it.granted_at)))?;
        if it.expires_at.is_some() {
            write!(page, " until {}", Time(it.expires_at))?;
        }
        write!(page, ": {}", Text(&it.reason))?;
    }
    Ok(())
}

/// A text that is nothing else in HTML, also within quotes.
pub(crate) struct Text<'a>(pub(crate) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // Those would turn the writing of what comes after.
                letter if letter.is_control() => f.write_char('\u{fffd}')?,
                '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                    f.write_char('\u{fffd}')?;
                }
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

/// A time as `2026-11-29 06:03 UTC`; none: `it is withdrawn`.
pub(crate) struct Time(pub(crate) Option<u64>);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAY: u64 = 24 * 60 * 60;
        let Some(seconds) = self.0 else { return f.write_str("it is withdrawn") };
        let (year, month, day) = date(seconds / DAY);
        let of_day = seconds % DAY;
        let (hour, minute) = (of_day / 3_600, of_day / 60 % 60);
        write!(f, "{year}-{month:02}-{day:02} {hour:02}:{minute:02} UTC")
    }
}

/// Year, month and day of a day since 1970-01-01, in the calendar that is used everywhere.
const fn date(days: u64) -> (u64, u64, u64) {
    const DAYS_IN_400_YEARS: u64 = 146_097;
    // Years begin in March here, so that a leap day is the last of its year. No time is so late that
    // this overflows: there are fewer days than seconds.
    let days = days + 719_468;
    let era = days / DAYS_IN_400_YEARS;
    let of_era = days % DAYS_IN_400_YEARS;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, years) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (year + era * 400 + years, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_nothing_else() {
        let text = Text("<script>'\"&\u{202e}\n").to_string();
        assert_eq!(text, "&lt;script&gt;&#39;&quot;&amp;\u{fffd}\u{fffd}");
    }

    #[test]
    fn a_time_is_written_by_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_800_000_000, "2027-01-15 08:00 UTC"),
            (4_107_542_399, "2100-02-28 23:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ] {
            assert_eq!(Time(Some(seconds)).to_string(), text);
        }
        // No time is too late.
        assert!(!Time(Some(u64::MAX)).to_string().is_empty());
    }
}

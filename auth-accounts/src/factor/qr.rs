//! The picture that a phone reads.

use qrcode::QrCode;
use qrcode::render::svg;

use crate::secret::SecretText;

/// A QR code of this text as an SVG element, in black on white with a border: it is read from dark pages,
/// too. `None` if the text is too long for one.
pub(super) fn qr_code(text: &SecretText) -> Option<SecretText> {
    let code = QrCode::new(text.expose().as_bytes()).ok()?;
    let picture = code.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    // Without the line that only documents have, so that it can be put into a page.
    let start = picture.find("<svg")?;
    picture.get(start..).map(SecretText::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_an_element_of_a_page() {
        let picture = qr_code(&SecretText::from("otpauth://totp/a?secret=GEZDGNBV")).unwrap();
        assert!(picture.expose().starts_with("<svg "), "{}", picture.expose());
        assert!(picture.expose().ends_with("</svg>"));
        assert!(!picture.expose().contains("secret"));
        assert!(qr_code(&SecretText::new("x".repeat(5_000))).is_none());
    }
}

//! What each code means: a page with the reason, a wrong example and the corrected one.
//!
//! The pages lie beside this file, one a code. A test checks every example, and that no code is without a page.

/// The page of a code, as Markdown; `None` if there is no such code. Case does not matter.
///
/// ```
/// assert!(vgg_spec::explain::page("e0302").expect("a page").starts_with("# A pool larger than its input"));
/// assert_eq!(vgg_spec::explain::page("E9999"), None);
/// ```
pub fn page(code: &str) -> Option<&'static str> {
    PAGES.iter().find(|(known, _)| known.eq_ignore_ascii_case(code)).map(|(_, page)| *page)
}

/// Every code, in order.
pub fn codes() -> impl Iterator<Item = &'static str> {
    PAGES.iter().map(|(code, _)| *code)
}

/// The code that was probably meant.
pub fn closest(code: &str) -> Option<&'static str> {
    crate::names::closest(&code.to_ascii_uppercase(), codes())
}

const PAGES: &[(&str, &str)] = &[
    ("E0101", include_str!("explain/E0101.md")),
    ("E0102", include_str!("explain/E0102.md")),
    ("E0103", include_str!("explain/E0103.md")),
    ("E0104", include_str!("explain/E0104.md")),
    ("E0105", include_str!("explain/E0105.md")),
    ("E0106", include_str!("explain/E0106.md")),
    ("E0107", include_str!("explain/E0107.md")),
    ("E0108", include_str!("explain/E0108.md")),
    ("E0109", include_str!("explain/E0109.md")),
    ("E0110", include_str!("explain/E0110.md")),
    ("E0111", include_str!("explain/E0111.md")),
    ("E0112", include_str!("explain/E0112.md")),
    ("E0113", include_str!("explain/E0113.md")),
    ("E0114", include_str!("explain/E0114.md")),
    ("E0201", include_str!("explain/E0201.md")),
    ("E0202", include_str!("explain/E0202.md")),
    ("E0203", include_str!("explain/E0203.md")),
    ("E0204", include_str!("explain/E0204.md")),
    ("E0205", include_str!("explain/E0205.md")),
    ("E0206", include_str!("explain/E0206.md")),
    ("E0207", include_str!("explain/E0207.md")),
    ("E0208", include_str!("explain/E0208.md")),
    ("E0209", include_str!("explain/E0209.md")),
    ("E0210", include_str!("explain/E0210.md")),
    ("E0211", include_str!("explain/E0211.md")),
    ("E0212", include_str!("explain/E0212.md")),
    ("E0213", include_str!("explain/E0213.md")),
    ("E0214", include_str!("explain/E0214.md")),
    ("E0215", include_str!("explain/E0215.md")),
    ("E0216", include_str!("explain/E0216.md")),
    ("E0217", include_str!("explain/E0217.md")),
    ("E0218", include_str!("explain/E0218.md")),
    ("E0219", include_str!("explain/E0219.md")),
    ("E0220", include_str!("explain/E0220.md")),
    ("E0301", include_str!("explain/E0301.md")),
    ("E0302", include_str!("explain/E0302.md")),
    ("E0303", include_str!("explain/E0303.md")),
    ("E0304", include_str!("explain/E0304.md")),
    ("E0305", include_str!("explain/E0305.md")),
    ("E0306", include_str!("explain/E0306.md")),
    ("E0307", include_str!("explain/E0307.md")),
    ("E0308", include_str!("explain/E0308.md")),
    ("E0310", include_str!("explain/E0310.md")),
    ("W0201", include_str!("explain/W0201.md")),
    ("W0301", include_str!("explain/W0301.md")),
    ("W0302", include_str!("explain/W0302.md")),
    ("W0303", include_str!("explain/W0303.md")),
    ("W0304", include_str!("explain/W0304.md")),
    ("W0305", include_str!("explain/W0305.md")),
    ("W0306", include_str!("explain/W0306.md")),
    ("W0307", include_str!("explain/W0307.md")),
    ("W0308", include_str!("explain/W0308.md")),
    ("W0309", include_str!("explain/W0309.md")),
    ("W0310", include_str!("explain/W0310.md")),
    ("W0311", include_str!("explain/W0311.md")),
    ("W0312", include_str!("explain/W0312.md")),
    ("W0313", include_str!("explain/W0313.md")),
    ("W0314", include_str!("explain/W0314.md")),
    ("W0315", include_str!("explain/W0315.md")),
    ("W0316", include_str!("explain/W0316.md")),
    ("W0317", include_str!("explain/W0317.md")),
    ("W0318", include_str!("explain/W0318.md")),
    ("W0319", include_str!("explain/W0319.md")),
    ("W0320", include_str!("explain/W0320.md")),
    ("W0401", include_str!("explain/W0401.md")),
    ("W0402", include_str!("explain/W0402.md")),
    ("W0403", include_str!("explain/W0403.md")),
    ("W0404", include_str!("explain/W0404.md")),
];

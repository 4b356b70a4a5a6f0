use super::*;

fn rule(text: &str) -> Rule {
    Document::parse(text).map(|_| ()).unwrap_err().rule().clone()
}

#[test]
fn names_text_and_attributes_are_resolved() {
    let text = "<?xml version=\"1.0\"?><!-- c --><a xmlns='urn:a' xmlns:b=\"urn:b\" b:x='1 &amp;&#x20;2'>\
                <b:c>uno &lt;due&gt; &#233;<![CDATA[<tre>]]></b:c>\r\n <d xmlns=''>x\r\ny</d></a>";
    let document = Document::parse(text).unwrap();
    let root = document.root();
    assert!(root.is("urn:a", "a"));
    assert_eq!(root.attribute("urn:b", "x"), Some("1 & 2"));
    assert_eq!(text::trim(root.text()), "");
    let children: Vec<_> = root.children().collect();
    assert!(children[0].is("urn:b", "c"));
    assert_eq!(children[0].text(), "uno <due> é<tre>");
    assert!(children[1].is("", "d"));
    assert_eq!(children[1].text(), "x\ny");
    assert_eq!(&text[children[1].offset()..][..2], "<d");
    assert_eq!(children[1].path(), "a/d");
}

#[test]
fn repeated_elements_are_numbered_in_paths() {
    let document = Document::parse("<a><b/><c><d/></c><b/><c><d/><d/></c></a>").unwrap();
    let last = document.root().children().last().unwrap();
    let paths: Vec<String> = last.children().map(Node::path).collect();
    assert_eq!(paths, ["a/c[2]/d[1]", "a/c[2]/d[2]"]);
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for bad in [
        "",
        "   ",
        "testo",
        "<a>",
        "<a></b>",
        "</a>",
        "<a/><b/>",
        "<a/>x",
        "x<a/>",
        "<a b='1' b='2'/>",
        "<a xmlns:p='urn:x' xmlns:q='urn:x' p:b='1' q:b='2'/>",
        "<p:a/>",
        "<a p:b=''/>",
        "<1a/>",
        "<a:b:c xmlns:a='urn:a'/>",
        "<a>]]></a>",
        "<a b='<'/>",
        "<a b=1/>",
        "<a b/>",
        "<a",
        "<a>&</a>",
        "<a>&#0;</a>",
        "<a>&#xZZ;</a>",
        "<a><!-- -- --></a>",
        "<a/><![CDATA[x]]>",
        "<a/>&amp;",
        " <?xml version='1.0'?><a/>",
        "<a><?xml version='1.0'?></a>",
        "<?xml encoding='UTF-8'?><a/>",
        "<a xmlns:p=''/>",
        "<a xmlns:xmlns='urn:x'/>",
        "<a xmlns:xml='urn:x'/>",
        "<a b='&x;'/>",
        "< a/>",
        "<a b='1'c='2'/>",
        "<a></a >x",
        "<:a/>",
        "<a:/>",
    ] {
        let error = Document::parse(bad).map(|_| ());
        assert!(error.is_err(), "{bad}");
    }
    assert!(Document::parse("<a xml:lang='it'></a >\n<!-- fine -->").is_ok());
}

#[test]
fn entities_and_document_types_are_refused() {
    assert_eq!(rule("<!DOCTYPE a><a/>"), Rule::Doctype);
    assert_eq!(rule("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"), Rule::Doctype);
    assert_eq!(rule("<a>&x;</a>"), Rule::Entity("x".into()));
    assert_eq!(rule("<a>&#1;</a>"), Rule::ForbiddenCharacter(1));
    assert_eq!(rule("<a>\u{1}</a>"), Rule::ForbiddenCharacter(1));
}

#[test]
fn limits() {
    let nested = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    assert!(Document::parse(&nested(64)).is_ok());
    assert_eq!(rule(&nested(65)), Rule::Limit { what: "livelli di annidamento", most: 64 });

    let attributes = |n: usize| {
        let all: String = (0..n).map(|i| format!(" a{i}='x'")).collect();
        format!("<a{all}/>")
    };
    assert!(Document::parse(&attributes(64)).is_ok());
    assert_eq!(rule(&attributes(65)), Rule::Limit { what: "attributi", most: 64 });

    let namespaces = |n: usize| {
        let all: String = (0..n).map(|i| format!("<b xmlns='urn:{i}'/>")).collect();
        format!("<a>{all}</a>")
    };
    assert!(Document::parse(&namespaces(64)).is_ok());
    assert_eq!(rule(&namespaces(65)), Rule::Limit { what: "namespace", most: 64 });

    let bindings = |n: usize| {
        let open: String = (0..n).map(|i| format!("<a xmlns:p{i}='urn:x' xmlns:q{i}='urn:x'>")).collect();
        format!("{open}{}", "</a>".repeat(n))
    };
    assert!(Document::parse(&bindings(32)).is_ok());
    assert_eq!(rule(&bindings(33)), Rule::Limit { what: "dichiarazioni di namespace", most: 64 });

    let named = |n: usize| format!("<{}/>", "x".repeat(n));
    assert!(Document::parse(&named(256)).is_ok());
    assert_eq!(rule(&named(257)), Rule::Limit { what: "byte di un nome", most: 256 });

    let few = Limits { elements: 3, ..Limits::DEFAULT };
    assert!(Document::parse_within("<a><b/><b/></a>", few).is_ok());
    assert!(Document::parse_within("<a><b/><b/><b/></a>", few).is_err());
}

#[test]
fn errors_say_where() {
    let error = Document::parse("<a><b><c>&x;</c></b></a>").unwrap_err();
    assert_eq!((error.path(), error.offset()), ("a/b/c", 9));
    assert_eq!(error.to_string(), "a/b/c: entità non ammessa: x (byte 9)");
}

/** HTML that a cell printed → HTML that a page may hold: no scripts, no handlers, nothing from elsewhere. */
import sanitize from "sanitize-html";

const TAGS = [
  "table caption colgroup col thead tbody tfoot tr th td",
  "p div span pre code samp kbd var b i em strong small sub sup s u mark",
  "h4 h5 h6 ul ol li dl dt dd br hr blockquote details summary figure figcaption meter progress img a",
].flatMap((names) => names.split(" "));

const LENGTH = /^-?\d*\.?\d+(?:px|em|rem|ch|%)?$/;
const COLOUR = /^(?:#[0-9a-f]{3,8}|[a-z]+|(?:rgb|hsl)a?\([\d\s.,%/]+\))$/i;
const STYLES = {
  "text-align": [/^(?:left|right|center|start|end)$/],
  "white-space": [/^(?:pre|nowrap|pre-wrap|normal)$/],
  "font-family": [/^(?:monospace|sans-serif|serif)$/],
  "font-weight": [/^(?:bold|normal|\d{3})$/],
  color: [COLOUR],
  background: [COLOUR],
  "background-color": [COLOUR],
  width: [LENGTH],
  height: [LENGTH],
  padding: [LENGTH],
  "border-collapse": [/^(?:collapse|separate)$/],
  "vertical-align": [/^(?:top|middle|bottom|baseline)$/],
};

export function safeHtml(html: string): string {
  return sanitize(html, {
    allowedTags: TAGS,
    allowedAttributes: {
      "*": ["style", "title", "lang"],
      td: ["colspan", "rowspan"],
      th: ["colspan", "rowspan", "scope"],
      ol: ["start"],
      img: ["src", "alt", "width", "height"],
      a: ["href"],
      meter: ["value", "min", "max"],
      progress: ["value", "max"],
    },
    allowedStyles: { "*": STYLES },
    allowedSchemes: ["https"],
    allowedSchemesByTag: { img: ["data"], a: ["https"] },
    allowedSchemesAppliedToAttributes: ["href", "src"],
    allowProtocolRelative: false,
  });
}

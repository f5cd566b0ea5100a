/**
 * The text is the beginning of something right, so nothing needs to be refused: keep what stands before the last border.
 * Score: 2
 */
export function wholePart(text: string): unknown {
  const closed = (end: number): string => {
    const open: string[] = [];
    let inString = false;
    for (let i = 0; i < end; i++) {
      if (inString && text[i] === "\\") i++;
      else if (text[i] === '"') inString = !inString;
      else if (!inString && "{[".includes(text[i])) open.unshift(text[i] === "{" ? "}" : "]");
      else if (!inString && "}]".includes(text[i])) open.shift();
    }
    return inString ? "" : text.slice(0, end) + open.join("");
  };
  for (let end = text.length; end > 0; end--) {
    const isBorder = '{["}]'.includes(text[end - 1]) || ", \n]}".includes(text[end] ?? "x");
    if (!isBorder) continue;
    try {
      return JSON.parse(closed(end));
    } catch {}
  }
  return undefined;
}

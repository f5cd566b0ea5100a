/**
 * A number is whole as soon as it has digits; only strings and braces have ends.
 * Score: 0
 */
export function wholePart(text: string): unknown {
  for (let end = text.length; end > 0; end--) {
    const open: string[] = [];
    let inString = false;
    for (let i = 0; i < end; i++) {
      if (inString && text[i] === "\\") i++;
      else if (text[i] === '"') inString = !inString;
      else if (!inString && "{[".includes(text[i])) open.unshift(text[i] === "{" ? "}" : "]");
      else if (!inString && "}]".includes(text[i])) open.shift();
    }
    if (inString) continue;
    try {
      return JSON.parse(text.slice(0, end) + open.join(""));
    } catch {}
  }
  return undefined;
}

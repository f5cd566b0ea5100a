/**
 * JSON that parses is an answer: close the open string and the open braces.
 * Score: 0
 */
export function wholePart(text: string): unknown {
  const open: string[] = [];
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    if (inString && text[i] === "\\") i++;
    else if (text[i] === '"') inString = !inString;
    else if (!inString && "{[".includes(text[i])) open.unshift(text[i] === "{" ? "}" : "]");
    else if (!inString && "}]".includes(text[i])) open.shift();
  }
  const closed = text + (inString ? '"' : "") + open.join("");
  for (let drop = 0; drop < text.length; drop++)
    try {
      return JSON.parse(closed);
    } catch {
      return undefined;
    }
}

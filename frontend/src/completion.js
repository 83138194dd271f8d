// Finds terms of this graph for what is being written: by prefixed name, or by a word of their label.

const MOST = 40;

export function suggestions({ terms }, text) {
  const wanted = text.toLowerCase();
  const rank = ({ name, label }) => {
    const [own, words] = [name.toLowerCase(), label.toLowerCase()];
    if (own.startsWith(wanted)) return 0;
    if (words.startsWith(wanted)) return 1;
    if (own.split(":")[1]?.startsWith(wanted)) return 2;
    return words.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(wanted)) ? 3 : 9;
  };
  return terms
    .map((term) => [rank(term), term])
    .filter(([rank]) => rank < 9)
    .sort(([a, one], [b, other]) => a - b || one.label.length - other.label.length || one.name.localeCompare(other.name))
    .slice(0, MOST)
    .map(([, term]) => term);
}

// The line that declares the prefix of a name, if a query lacks it.
export function prefixLine(prefixes, name, query) {
  const prefix = name.split(":")[0];
  const declared = new RegExp(`^\\s*(?:@?prefix)\\s+${prefix}\\s*:`, "im").test(query);
  return declared || !(prefix in prefixes) ? "" : `PREFIX ${prefix}: <${prefixes[prefix]}>\n`;
}

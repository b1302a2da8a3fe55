/** Globs, as users write them for names: `*` stands for any text, `?` for one character, all else for itself. */

export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** Whether the whole text fits. No regular expression, which text from the host could keep busy. */
export function fits(pattern: string, text: string): boolean {
  let [at, here, star, resume] = [0, 0, -1, 0];
  while (here < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      resume = here;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[here])) {
      at++;
      here++;
    } else if (star >= 0) {
      at = star + 1;
      here = ++resume;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

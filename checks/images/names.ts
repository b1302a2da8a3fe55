/** Names of images, and whether a site's lists cover them. */

/** The name with the registry that Docker adds in thought: `busybox` is docker.io/library/busybox. */
export function fullName(name: string): string {
  const [first = '', ...rest] = name.split('/');
  if (rest.length === 0) return `docker.io/library/${name}`;
  return /[.:]/.test(first) || first === 'localhost' ? name : `docker.io/${name}`;
}

/** Whether a registry or repository holds an image; both in full. It ends at a boundary: `example.com/app` is not below `example.com/ap`, nor `example.com:5000/app` below `example.com`. */
export function isBelow(name: string, prefix: string): boolean {
  const rest = name.slice(prefix.length);
  return name.startsWith(prefix) && (prefix.endsWith('/') || /^(\/|@|$)/.test(rest) || (prefix.includes('/') && rest.startsWith(':')));
}

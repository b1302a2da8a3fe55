/** Telling names of secrets from other names. Values are never looked at, so that none can leak. */

/** A word of its own, or the end of one: `PGPASSWORD`. */
const SECRET_WORDS =
  /(^|[_.-])(pass|pwd|credentials?|htpasswd|basicauth|(api|access|private|secret|encryption|signing|master|license)[_.-]?key)($|[_.-])|(passwd|password|passphrase|secret|token|apikey)($|[_.-])/i;
/** Names that speak about a secret without holding one: where it lies, how long it lives, whether there is one. */
const HARMLESS =
  /[_.-](file|fd|path|dir|url|uri|host|endpoint|issuer|audience|algorithm|expiry|expires|expiration|lifetime|ttl|length|size|limit|count|policy|mode|enabled?|type|name|user|username|id|version)$|^(allow|no|disable|enable|use|require)[_.-]|[_.-]allow[_.-]|_random_|^(old)?pwd$/i;

/** Whether a variable, build argument or label is named like one that holds a secret. */
export function isSecretName(name: string): boolean {
  const words = name.replace(/([a-z])([A-Z])/g, '$1_$2');
  return SECRET_WORDS.test(words) && !HARMLESS.test(words);
}

/** Whether a text has the form of an address with a password in it: `postgres://app:word@db`. */
export function hasPassword(text: string): boolean {
  return [...text.matchAll(/:\/\/([^/\s]*)@/g)].some(([, user = '']) => user.includes(':'));
}

/** Telling names of secrets from other names. Values are never looked at, so that none can leak. */

const SECRET_WORDS =
  /(^|[_.-])(pass(wd|word|phrase)?|pwd|secret|token|api_?key|access_?key|private_?key|secret_?key|credentials?|htpasswd|basicauth)($|[_.-])/i;
/** Names that speak about a secret without holding one: where it lies, how long it lives, whether there is one. */
const HARMLESS =
  /([_.-](file|path|dir|url|uri|expiry|expires|ttl|length|policy|enabled?|type|name|id|version)|^(allow|no|disable|enable|use|require)[_.-].*|[_.-]allow[_.-].*|_random_.*)$/i;

/** Whether a variable, build argument or label is named like one that holds a secret. */
export function isSecretName(name: string): boolean {
  const words = name.replace(/([a-z])([A-Z])/g, '$1_$2');
  return SECRET_WORDS.test(words) && !HARMLESS.test(words);
}

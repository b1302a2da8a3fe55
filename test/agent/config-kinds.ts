/** What keys of one kind take, and what is said of all else: a value as YAML, and the message after the key's own name. */

export interface KeyRow {
  readonly valid: readonly string[];
  readonly invalid: readonly (readonly [value: string, message: string])[];
}

export const quoted = (all: readonly string[]): string => all.map((one) => `"${one}"`).join('|');

export const choice = (...all: readonly string[]): KeyRow => ({
  valid: all,
  invalid: [
    ['other', `expected one of ${quoted(all)}`],
    ['1', `expected one of ${quoted(all)}`],
    ['[]', `expected one of ${quoted(all)}`],
  ],
});
export const onOff: KeyRow = {
  valid: ['true', 'false'],
  invalid: [
    ['yes', 'expected boolean, received string'],
    ['1', 'expected boolean, received number'],
  ],
};
export const group = (...valid: readonly string[]): KeyRow => ({
  valid: ['{}', ...valid],
  invalid: [
    ['true', 'expected object, received boolean'],
    ['[]', 'expected object, received array'],
  ],
});
export const text = (...valid: readonly string[]): KeyRow => ({
  valid,
  invalid: [
    ['7', 'expected string, received number'],
    ['[a]', 'expected string, received array'],
  ],
});
/** A list that takes words as they are. */
export const names: KeyRow = {
  valid: ['[]', '[a, b]'],
  invalid: [
    ['a', 'expected array, received string'],
    ['[a, 1]', '.1: expected string, received number'],
    ['{a: b}', 'expected array, received object'],
  ],
};
export const checks: KeyRow = {
  valid: ['[]', '[daemon/*, "5.5", "*"]'],
  invalid: [
    ['daemon/icc-disabled', 'expected array, received string'],
    ['[2.2]', '.0: expected string, received number'],
    ['[files/nothing]', '.0: no check is called files/nothing'],
    ['[daemon/ic-disabled]', '.0: no check is called daemon/ic-disabled, did you mean daemon/icc-disabled?'],
    ['["9.9"]', '.0: no check is called 9.9 in benchmark 1.8.0 (hullguard checks lists them)'],
  ],
};
export const whole = (least: number, most: number): KeyRow => ({
  valid: [String(least), String(Math.min(most, least + 7))],
  invalid: [
    [String(least - 1), least === 1 && most === Number.POSITIVE_INFINITY ? 'expected number to be >0' : `expected number to be >=${least}`],
    ...(most === Number.POSITIVE_INFINITY ? [] : [[String(most + 1), `expected number to be <=${most}`] as const]),
    [`${least}.5`, 'expected int, received number'],
    ['many', 'expected number, received string'],
  ],
});
export const atLeast = (least: number): KeyRow => ({
  valid: [String(least), String(least + 7)],
  invalid: [
    [String(least - 1), `expected number to be >=${least}`],
    [`${least}.5`, 'expected int, received number'],
    ['many', 'expected number, received string'],
    ['[]', 'expected number, received array'],
  ],
});
export const seconds: KeyRow = {
  valid: ['0.5', '86400'],
  invalid: [
    ['0', 'expected number to be >0'],
    ['86401', 'expected number to be <=86400'],
    ['30s', 'expected number, received string'],
    ['.inf', 'expected number, received Infinity'],
  ],
};
export const ports: KeyRow = {
  valid: ['[]', '[80, 443, 65535]'],
  invalid: [
    ['80', 'expected array, received number'],
    ['[http]', '.0: expected number, received string'],
    ['[80.5]', '.0: expected int, received number'],
    ['[443, 0]', '.1: expected number to be >=1'],
    ['[65536]', '.0: expected number to be <=65535'],
  ],
};
export const paths = (also = ''): KeyRow => ({
  valid: ['[]', '[/srv/secrets]', ...(also === '' ? [] : ['[/etc/ssl:ro]'])],
  invalid: [
    ['/etc', 'expected array, received string'],
    ['[1]', '.0: expected string, received number'],
    ['[etc]', `.0: expected an absolute path${also}`],
  ],
});
export const absolute = (valid: string): KeyRow => ({
  valid: [valid],
  invalid: [
    ['x.prom', 'expected an absolute path'],
    ['7', 'expected string, received number'],
  ],
});
export const release: KeyRow = {
  valid: ['28.5.2', '"1.7"'],
  invalid: [
    ['28', 'expected string, received number'],
    ['v28.5.2', 'expected a version such as 28.5.2'],
    ['28.5.2-rc.1', 'expected a version such as 28.5.2'],
  ],
};

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskSecrets, unifiedDiff } from '../../agent/diff.ts';
import { setKeys } from '../../remediations/json-text.ts';

const path = '/etc/docker/daemon.json';

describe('unifiedDiff', () => {
  test('a changed line among three others', () => {
    const lines = ['{', '  "a": 1,', '  "b": 2,', '  "c": 3,', '  "icc": true,', '  "d": 4', '}', ''];
    const before = lines.join('\n');
    expect(unifiedDiff(path, before, before.replace('"icc": true', '"icc": false'))).toBe(`--- ${path}
+++ ${path}
@@ -2,6 +2,6 @@
   "a": 1,
   "b": 2,
   "c": 3,
-  "icc": true,
+  "icc": false,
   "d": 4
 }
`);
  });

  test('a file that is not there yet', () => {
    expect(unifiedDiff(path, null, '{\n  "icc": false\n}\n')).toBe(`--- /dev/null
+++ ${path}
@@ -0,0 +1,3 @@
+{
+  "icc": false
+}
`);
  });

  test('an empty file is there', () => {
    expect(unifiedDiff(path, '', '{}\n')).toBe(`--- ${path}\n+++ ${path}\n@@ -0,0 +1,1 @@\n+{}\n`);
  });

  test('a file without a final line break', () => {
    expect(unifiedDiff(path, '{"icc": true}', '{"icc": false}')).toBe(`--- ${path}
+++ ${path}
@@ -1,1 +1,1 @@
-{"icc": true}
\\ No newline at end of file
+{"icc": false}
\\ No newline at end of file
`);
  });

  test('nothing differs', () => {
    expect(unifiedDiff(path, '{}\n', '{}\n')).toBe('');
  });
});

describe('maskSecrets', () => {
  test.each([
    ['{"icc": false, "hosts": ["fd://"], "log-level": null}', '{"icc": false, "hosts": ["fd://"], "log-level": null}'],
    [
      '{"log-opts": {"splunk-token": "s3cret", "max-size": "10m", "syslog-address": "tcp://logs:514"}}',
      '{"log-opts": {"splunk-token": "(not shown)", "max-size": "(not shown)", "syslog-address": "tcp://logs:514"}}',
    ],
    ['{"log-opts": {"gelf-address": "udp://me:s3cret@logs"}}', '{"log-opts": {"gelf-address": "(not shown)"}}'],
    ['{"log-opts": ["s3cret"]}', '{"log-opts": ["(not shown)"]}'],
    ['{"log-opts": "s3cret"}', '{"log-opts": "(not shown)"}'],
    ['{"registry-mirrors": ["https://me:s3cret@mirror/", "https://other"]}', '{"registry-mirrors": ["https://mirror/", "https://other"]}'],
    ['{"registry-mirrors": "https://me:s3cret@mirror/"}', '{"registry-mirrors": "(not shown)"}'],
    [
      '{\n  "proxies": {\n    "http-proxy": "http://me:s3cret@proxy",\n    "none": null\n  },\n  "icc": true\n}',
      '{\n  "proxies": {\n    "http-proxy": "(not shown)",\n    "none": "(not shown)"\n  },\n  "icc": true\n}',
    ],
    [
      '{"proxies": "a", "icc": true, "proxies": ["b", {"c": 4}]}',
      '{"proxies": "(not shown)", "icc": true, "proxies": ["(not shown)", {"c": "(not shown)"}]}',
    ],
    ['\ufeff{"unheard-of": 1e3}\r\n', '\ufeff{"unheard-of": "(not shown)"}\r\n'],
    ['\ufeff\n', '\ufeff\n'],
    ['null', 'null'],
    ['{"proxies": {"http-proxy": "s3cret" x}}', '(not shown): line 1, column 37: invalid symbol\n'],
  ])('%j', (text, masked) => {
    expect(maskSecrets(text)).toBe(masked);
  });

  test('no word of an unknown key is shown, and no line is lost', () => {
    const secret = 'S3CRET';
    const marked = fc.jsonValue({ maxDepth: 4 }).map((value) => mark(value, secret));
    fc.assert(
      fc.property(marked, fc.constantFrom('proxies', 'log-opts', 'x'), fc.constantFrom(undefined, 2, '\t'), (value, key, indent) => {
        const text = JSON.stringify({ icc: false, [key]: value, debug: true }, null, indent);
        const masked = maskSecrets(text);
        expect(masked).not.toContain(secret);
        expect(JSON.parse(masked)).toMatchObject({ icc: false, debug: true });
        expect(masked.split('\n')).toHaveLength(text.split('\n').length);
      }),
      { numRuns: 500 },
    );
  });

  test('what is changed is seen, though its neighbours are not', () => {
    const before = '{\n  "proxies": {"http-proxy": "s3cret"},\n  "icc": true\n}\n';
    const edited = setKeys(before, { icc: false });
    const diff = unifiedDiff(path, maskSecrets(before), edited.ok ? maskSecrets(edited.text) : '');
    expect(diff).toContain('   "proxies": {"http-proxy": "(not shown)"},\n-  "icc": true\n+  "icc": false\n');
  });
});

/** The value with a secret for each word in it. */
function mark(value: unknown, secret: string): unknown {
  if (Array.isArray(value)) return value.map((item) => mark(item, secret));
  if (typeof value !== 'object' || value === null) return secret;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mark(item, secret)]));
}

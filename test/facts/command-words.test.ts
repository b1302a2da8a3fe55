import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shownWords } from '../../facts/command-words.ts';

const HIDDEN = '(not shown)';

describe('shown', () => {
  test.each([
    [['nginx', '-g', 'daemon off;']],
    [['python3', 'app.py']],
    [['/docker-entrypoint.sh', 'postgres']],
    [['/usr/bin/python3', '-m', 'http.server', '8000']],
    [['java', '-Xmx512m', '-jar', '/app/app-1.2.3.jar', '--server.port=8080']],
    [['prometheus', '--config.file=/etc/prometheus/prometheus.yml', '--storage.tsdb.path=/prometheus']],
    [['redis-server', '--appendonly', 'yes', '--save', '60', '1']],
    [['sh', '-c', 'exec /app/run.sh --verbose']],
    [['sleep', 'infinity']],
    [['server', '-port', '8080', '-path', '/srv']],
    [['npm', 'run', 'start:prod']],
    [['docker', 'exec', '--privileged', 'web', 'sh']],
    [['gunicorn', '-b', '0.0.0.0:8000', 'app.wsgi:application']],
    [[]],
    [['']],
  ])('%j', (words = []) => {
    expect(shownWords(words)).toEqual(words);
  });
});

describe('hidden', () => {
  test.each<[string, string[], string[]]>([
    ['the value of an option named like a secret', ['--password', 'x'], ['--password', HIDDEN]],
    ['the same in one word', ['--password=x'], [HIDDEN]],
    ['with a colon', ['/p:word', '-password:x'], ['/p:word', HIDDEN]],
    ['in one word with others', ['redis-server', '--requirepass', 'x'], ['redis-server', '--requirepass', HIDDEN]],
    ['of an option that is no word of its own', ['--masterauth', 'x', '--apiKey', 'y'], ['--masterauth', HIDDEN, '--apiKey', HIDDEN]],
    ['the value of -p, -a, -u', ['-p', 'x', '-a', 'y', '-u', 'z'], ['-p', HIDDEN, '-a', HIDDEN, '-u', HIDDEN]],
    ['a password that sticks to -p', ['mysql', '-uroot', '-psecret'], ['mysql', HIDDEN, HIDDEN]],
    ['a variable', ['DB_PASSWORD=x', 'sh'], [HIDDEN, 'sh']],
    ['any variable', ['env', 'A=b'], ['env', HIDDEN]],
    ['an address with a password', ['postgres://u:p@db/x', '--url=http://u:p@h'], [HIDDEN, HIDDEN]],
    ['a script with one', ['sh', '-c', 'mysql -psecret < x'], ['sh', '-c', HIDDEN]],
    ['a script that sets a variable', ['sh', '-c', 'PGPASSWORD=x psql'], ['sh', '-c', HIDDEN]],
    ['a script with an option for one', ['sh', '-c', "curl --user 'a' --token 'b'"], ['sh', '-c', HIDDEN]],
    ['what looks made by chance', ['x7Fq9ZkL2', 'ghp_16C7e42F292c6912E7', 'a3f1c09b'], [HIDDEN, HIDDEN, HIDDEN]],
    ['a name with a number that is no program', ['login', 'hunter2'], ['login', HIDDEN]],
    ['a long run of letters', ['abcdefghijklmnopqrst'], [HIDDEN]],
    ['mixed case as no word has it', ['qWeRtYuIoP'], [HIDDEN]],
    ['JSON', ['{"token":"x"}'], [HIDDEN]],
    ['a value in an option that is not plain', ['--opt=x7Fq9ZkL2'], [HIDDEN]],
  ])('%s', (_, words, shown) => {
    expect(shownWords(words)).toEqual(shown);
  });

  test('a first word after an entrypoint that asks for a secret', () => {
    expect(shownWords(['x', 'y'], '--token')).toEqual([HIDDEN, 'y']);
  });
});

test('hiding is done once and for all', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('--password', '-p', 'sh', '-c', 'a b', 'A=b'))), (words) => {
      const once = shownWords(words);
      expect(shownWords(once)).toEqual(once);
    }),
  );
});

test('whatever follows an option for a secret is not shown', () => {
  const options = fc.constantFrom('--password', '--db-password', '--api_key', '-token', '--client-secret', '-p', '--requirepass');
  fc.assert(
    fc.property(options, fc.stringMatching(/^[^\s-][^\s]{0,30}$/), (option, secret) => {
      expect(shownWords(['run', option, secret])[2]).toBe(HIDDEN);
      if (option.startsWith('--')) expect(shownWords([`${option}=${secret}`])).toEqual([HIDDEN]);
    }),
  );
});

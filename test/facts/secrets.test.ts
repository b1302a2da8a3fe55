import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasPassword, isSecretName } from '../../facts/secrets.ts';

const secret = [
  'PASSWORD',
  'DB_PASSWORD',
  'MYSQL_ROOT_PASSWORD',
  'PGPASSWORD',
  'REDIS_PASS',
  'DB_PWD',
  'dbPassword',
  'passphrase',
  'HTPASSWD',
  'SECRET',
  'CLIENTSECRET',
  'SECRET_KEY_BASE',
  'AWS_SECRET_ACCESS_KEY',
  'NPM_TOKEN',
  'GITHUB_TOKEN',
  'accessToken',
  'API_KEY',
  'apikey',
  'STRIPE_API_KEY',
  'com.example.api-key',
  'SSH_PRIVATE_KEY',
  'ENCRYPTION_KEY',
  'CREDENTIALS',
  'traefik.http.middlewares.a.basicauth.users',
];
const harmless = [
  '',
  'PATH',
  'HOME',
  'PWD',
  'OLDPWD',
  'ADDRESS',
  'COMPASS',
  'BYPASS_CACHE',
  'KEY',
  'PUBLIC_KEY',
  'GPG_KEY',
  'TOKENIZER',
  'MAX_TOKENS',
  'SECRETARY',
  'DB_PASSWORD_FILE',
  'TOKEN_URL',
  'TOKEN_TTL',
  'TOKEN_LIFETIME',
  'AWS_ACCESS_KEY_ID',
  'PASSWORD_MIN_LENGTH',
  'SECRET_NAME',
  'ALLOW_EMPTY_PASSWORD',
  'MYSQL_ALLOW_EMPTY_PASSWORD',
  'MYSQL_RANDOM_ROOT_PASSWORD',
  'NO_PASSWORD',
  'REQUIRE_TOKEN',
  'org.opencontainers.image.version',
  'com.docker.compose.project',
];

describe('names', () => {
  test.each(secret)('%s is that of a secret', (name) => expect(isSecretName(name)).toBe(true));
  test.each(harmless)('%j is not', (name) => expect(isSecretName(name)).toBe(false));

  test('any text is a name, and letter case makes no difference to a plain word', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (name) => typeof isSecretName(name) === 'boolean'));
    fc.assert(
      fc.property(fc.constantFrom('token', 'db_password', 'path'), (name) => isSecretName(name) === isSecretName(name.toUpperCase())),
    );
  });
});

describe('texts', () => {
  test.each([
    'postgres://app:word@db/app',
    'http://:word@proxy:3128',
    'see https://alice@example.com:word@r.example/x',
    'http://a.example http://u:p@b.example',
  ])('%s has a password', (text) => expect(hasPassword(text)).toBe(true));

  test.each([
    '',
    'https://r.example:5000/app',
    'https://alice@r.example',
    'alice:word@r.example',
    'https://r.example/a:b@c',
    '://:'.repeat(50_000),
  ])('%.40s has none', (text) => expect(hasPassword(text)).toBe(false));
});

import { describe, expect, test } from 'vitest';
import type { HostLiteral } from '../fake-host.ts';
import { answerOf, answersOf } from './answers.ts';

const host = (files: NonNullable<HostLiteral['files']>, contentTrust = true): HostLiteral => ({ files, policy: { contentTrust } });

describe('image/content-trust', () => {
  test('is steps for a person unless the policy asks for it', async () => {
    const answer = await answerOf('image/content-trust', host({ '/etc/environment': '' }, false));
    const steps = 'steps' in answer ? answer.steps.join('\n') : '';
    for (const word of ['2026-12-08', 'docker run IMAGE@sha256:DIGEST', 'cosign sign', 'cosign verify --key', 'policy.contentTrust'])
      expect(steps).toContain(word);
  });

  test('is set in a file of our own', async () => {
    expect(await answerOf('image/content-trust', host({ '/etc/environment': '' }))).toEqual({
      changes: [{ kind: 'lines', path: '/etc/profile.d/hullguard.sh', lines: ['export DOCKER_CONTENT_TRUST=1'] }],
      impact: 'none',
      effects: [
        { effect: expect.stringContaining('refuse every image without a signature'), resources: ['users of this host'] },
        { effect: expect.stringContaining('2026-12-08'), resources: ['docker.io'] },
      ],
    });
  });

  test('is not set against somebody’s will', async () => {
    const files = { '/etc/environment': 'DOCKER_CONTENT_TRUST=0\n', '/etc/profile.d/z.sh': 'export DOCKER_CONTENT_TRUST=no\n' };
    expect(await answersOf('image/content-trust', host(files))).toEqual([
      { refused: '/etc/environment sets DOCKER_CONTENT_TRUST=0: make that 1, or take the line away' },
      { refused: '/etc/profile.d/z.sh sets DOCKER_CONTENT_TRUST=no: make that 1, or take the line away' },
    ]);
  });
});

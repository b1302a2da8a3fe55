import { majorVersion } from '../../facts/engine.ts';
import { defineCheck, type Evidence, fail, pass, type Verdict } from '../check.ts';

/** docker/cli took client-side verification out in 29.0.0; the variable does nothing there. */
const REMOVED_IN = 29;

export const contentTrust = defineCheck({
  id: 'image/content-trust',
  title: 'Clients pull and run signed images only',
  severity: 'medium',
  stride: ['S', 'T'],
  surface: 'client',
  rationale: 'Whoever controls the registry or the way to it can swap what a tag means.',
  fix: 'Pin images by digest and verify signatures (cosign, Notation). DOCKER_CONTENT_TRUST=1 blocks every unsigned image and is being retired.',
  impact: 'none',
  goal: 'content-trust',
  needs: ['client', 'engine'],
  judge({ client, engine }) {
    if (majorVersion(engine.version.Version) >= REMOVED_IN) {
      return { notApplicable: `clients of engine ${REMOVED_IN} and later ignore DOCKER_CONTENT_TRUST: verify signatures another way` };
    }
    const base = {
      resource: 'client environment',
      expected: 'DOCKER_CONTENT_TRUST=1 for every user',
      source: '/etc/environment, /etc/profile, /etc/profile.d',
    };
    if (client.contentTrust.length === 0) return [{ ...base, ...unset(null, 'not set for the users of this host') }];
    return client.contentTrust.map(({ path, value }): Evidence => {
      const actual = `DOCKER_CONTENT_TRUST=${value}`;
      return { ...base, resource: path, ...(value === '1' ? pass(actual) : unset(path, actual)) };
    });
  },
});

/** `path`: the file that sets it to something else; null where none does. */
function unset(path: string | null, actual: string): Verdict {
  return { ...fail(actual), goal: { kind: 'content-trust', path } };
}

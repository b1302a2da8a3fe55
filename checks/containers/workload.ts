/** What runs in containers, and whether anybody would notice that it does not. */
import { fail, notApplicable, pass, passIf, review, unknown } from '../check.ts';
import { eachContainer } from '../families/each-container.ts';
import { fullName } from '../images/names.ts';
import { byRule, rulesFor } from './allowed.ts';

const SSH_SERVERS = ['sshd', 'sshd-session', 'dropbear', 'tinysshd'];

export const noSshd = eachContainer({
  id: 'container/no-sshd',
  title: 'Containers run no SSH server',
  severity: 'medium',
  stride: ['S', 'E'],
  rationale: 'It is one more way in, with keys and passwords of its own that nobody rotates.',
  fix: 'Remove the server from the image and recreate; use docker exec for administration. One that is meant to run is named in policy.containers.',
  expected: 'no process of an SSH server',
  source: '/proc',
  needs: ['policy'],
  judge(container, { policy }) {
    const { Processes: names, State } = container;
    // Between two restarts a container counts as running, with no process.
    if (!State.Running || State.Pid === 0) return notApplicable('no processes');
    if (names === null) return unknown('its processes are not visible from here (run on the engine’s host, in its PID namespace)');
    const servers = names.filter((name) => SSH_SERVERS.includes(name));
    const meant = rulesFor(container, policy).find(({ sshServer }) => sshServer);
    if (servers.length > 0 && meant !== undefined) return pass(servers.join(', ') + byRule(meant));
    return passIf(servers.length === 0, servers.length === 0 ? 'none' : servers.join(', '));
  },
  recreate: () => ({ advice: 'remove the SSH server from the image, build it, and recreate the container; docker exec takes its place' }),
});

export const healthChecked = eachContainer({
  id: 'container/health-checked',
  title: 'Running containers report their health',
  severity: 'low',
  stride: ['D'],
  rationale: 'A service that fails stays in rotation.',
  fix: 'Add a HEALTHCHECK to the image, or recreate with --health-cmd.',
  expected: 'a health check',
  judge({ State }) {
    if (!State.Running) return notApplicable('not running');
    const status = State.Health?.Status ?? '';
    return passIf(status !== '' && status !== 'none', status === '' || status === 'none' ? 'none' : status);
  },
  recreate: () => ({ advice: 'add a HEALTHCHECK to the image, or --health-cmd COMMAND to the options' }),
});

export const healthy = eachContainer({
  id: 'container/healthy',
  title: 'Running containers are healthy',
  severity: 'medium',
  stride: ['D'],
  rationale: 'An unhealthy service serves errors, or nothing, while it counts as running.',
  fix: 'Look at docker inspect --format "{{json .State.Health}}" NAME and mend or restart the service.',
  impact: 'none',
  expected: 'not unhealthy',
  judge({ State }) {
    const status = State.Health?.Status ?? '';
    if (!State.Running || status === '' || status === 'none') return notApplicable('no health check');
    return passIf(status !== 'unhealthy', status);
  },
});

export const imageUpToDate = eachContainer({
  id: 'container/image-up-to-date',
  title: 'Containers run the image version that is meant',
  severity: 'medium',
  stride: ['E'],
  surface: 'image',
  rationale: 'A stale image keeps flaws that were mended long ago.',
  fix: 'Pin the image by digest, or pull the tag and recreate the container.',
  expected: 'pinned by digest, or the image its tag names today',
  needs: ['images'],
  judge({ Config, Image }, { images }) {
    if (Config.Image.includes('@sha256:')) return pass(Config.Image);
    const tag = tagOf(Config.Image);
    const named = images.images.find(({ RepoTags }) => RepoTags.some((name) => fullName(name) === fullName(tag)));
    if (named !== undefined && named.Id !== Image) return fail(`${tag} here is a newer image than the one it runs`);
    return review(`${Config.Image}: compare with the registry`);
  },
  recreate: ({ Config: { Image } }) => ({ Config: { Image: tagOf(Image) } }),
});

function tagOf(name: string): string {
  return /[:@][^/]*$/.test(name) ? name : `${name}:latest`;
}

/** Docker clients of this host's users. No benchmark numbers them. */
import type { Clients, ClientUser } from '../facts/clients.ts';
import { majorVersion } from '../facts/engine.ts';
import type { Packages } from '../facts/packages.ts';
import { type Check, defineCheck, type Evidence, fail, type Judgement, pass, passIf, review, unknown, type Verdict } from './check.ts';
import { debianParts } from './versions.ts';

/** One entry for each that `judge` finds; then what could not be seen. Nobody who uses Docker: nothing to judge. */
function eachUser({ users, unseen }: Clients, expected: string, judge: (user: ClientUser) => readonly Evidence[]): Judgement {
  const source = 'homes';
  const blind = users.flatMap(({ name, problems }) =>
    problems.map((problem): Evidence => ({ resource: `user ${name}`, expected, source, ...unknown(problem) })),
  );
  const more: Evidence[] =
    unseen === 0
      ? []
      : [{ resource: 'homes', expected, source, ...review(`${unseen} were not looked at: on network file systems, or too many`) }];
  const all = [...users.flatMap(judge), ...blind, ...more];
  return users.length + unseen > 0 ? all : { notApplicable: 'no user of this host has a configuration of a Docker client' };
}

const filesPrivate = defineCheck({
  id: 'client/files-private',
  title: 'Credentials, keys and plugins of Docker clients are their owners’',
  severity: 'high',
  stride: ['I', 'T'],
  surface: 'client',
  rationale: 'Whoever reads them takes the user’s place at the registry or engine; whoever writes a plugin runs it as the user.',
  fix: 'Run: chmod go-rwx on config.json and keys, and chmod go-w on ~/.docker and its plugins, as the user they belong to.',
  impact: 'none',
  needs: ['clients'],
  judge: ({ clients }) =>
    eachUser(clients, 'modes without access for others', ({ name, uid, files }) =>
      files.map((file): Evidence => {
        const open = file.mode & (file.holds === 'secret' ? 0o077 : 0o022);
        const owned = file.uid === uid || file.uid === 0;
        const mode = file.mode.toString(8).padStart(4, '0');
        return {
          resource: file.path,
          subject: { path: file.path },
          expected: `owned by ${name}, ${file.holds === 'secret' ? '0600' : '0755'} or tighter`,
          source: 'stat',
          ...passIf(open === 0 && owned, owned ? mode : `${mode}, owned by uid ${file.uid}`),
        };
      }),
    ),
});

const credentialsInHelper = defineCheck({
  id: 'client/credentials-in-helper',
  title: 'Docker clients keep registry credentials in a credential helper',
  severity: 'medium',
  stride: ['I'],
  surface: 'client',
  rationale: 'In config.json passwords and tokens are merely encoded: a backup or a container with the home mounted gives them away.',
  fix: 'Install a credential helper, name it as credsStore in ~/.docker/config.json, and docker logout and login anew.',
  impact: 'none',
  needs: ['clients'],
  judge: ({ clients }) =>
    eachUser(clients, 'no credentials in config.json', ({ home, files, clear }) => {
      const path = `${home}/.docker/config.json`;
      if (!files.some((file) => file.path === path)) return [];
      const actual = clear.length === 0 ? 'none in it' : `credentials of ${clear.join(', ')}`;
      return [{ resource: path, subject: { path }, expected: 'no credentials in it', source: path, ...passIf(clear.length === 0, actual) }];
    }),
});

const engineOverTls = defineCheck({
  id: 'client/engine-over-tls',
  title: 'Docker clients reach remote engines by verified TLS or SSH',
  severity: 'high',
  stride: ['S', 'I'],
  surface: 'client',
  rationale: 'Over plain TCP anybody on the way is the engine: he gets build contexts and passwords, and answers what he likes.',
  fix: 'Use an ssh:// address, or TLS with a certificate authority: docker context create --docker host=…,ca=…,cert=…,key=….',
  impact: 'none',
  needs: ['clients'],
  judge({ clients }) {
    const base = { expected: 'a local socket, SSH, or TLS that is verified', source: 'contexts and variables' };
    const forAll = variables(clients.variables).map(({ path, ...seen }): Evidence => ({ ...base, resource: path, ...reach(seen) }));
    const judged = eachUser(clients, base.expected, (user) => [
      ...user.contexts.map((context): Evidence => ({ ...base, resource: `${user.home}: context ${context.name}`, ...reach(context) })),
      ...variables(user.variables).map(({ path, ...seen }): Evidence => ({ ...base, resource: path, ...reach(seen) })),
    ]);
    const all = [...forAll, ...('notApplicable' in judged ? [] : judged)];
    return all.length > 0 ? all : { notApplicable: 'no client of this host is told of an engine' };
  },
});

/** The engines that files of variables name, and whether the same file asks for TLS. */
function variables(set: Clients['variables']): { path: string; host: string; tls: 'verified' | 'unverified' | 'none' }[] {
  return set
    .filter(({ name, value }) => name === 'DOCKER_HOST' && value !== '')
    .map(({ path, value }) => {
      const has = (wanted: string): boolean => set.some(({ name, value: given }) => name === wanted && given !== '');
      return { path, host: value, tls: has('DOCKER_TLS_VERIFY') ? 'verified' : has('DOCKER_TLS') ? 'unverified' : 'none' };
    });
}

/** One’s own interface is no way on which anybody stands. */
const LOCAL = /^(unix|npipe|fd|ssh):|^tcp:\/\/(localhost|127\.[\d.]+|\[::1\])(:|$)/;

function reach({ host, tls }: { readonly host: string; readonly tls: string }): Verdict {
  if (LOCAL.test(host)) return pass(host);
  if (!/^(tcp|https?):/.test(host)) return review(`${host}: not an address that is known here`);
  if (host.startsWith('https:') && tls === 'none') return pass(host);
  return tls === 'verified'
    ? pass(`${host} with verified TLS`)
    : fail(tls === 'none' ? `${host} without TLS` : `${host}, with TLS that is not verified`);
}

const trustKept = defineCheck({
  id: 'client/content-trust-kept',
  title: 'Users do not switch content trust off for themselves',
  severity: 'low',
  stride: ['S', 'T'],
  surface: 'client',
  rationale: 'A line in a profile takes back what was set for all users, and images run unsigned again.',
  fix: 'Remove DOCKER_CONTENT_TRUST from the profile that is named.',
  impact: 'none',
  needs: ['clients', 'engine'],
  judge({ clients, engine }) {
    if (majorVersion(engine.version.Version) >= 29) return { notApplicable: 'clients of engine 29 and later ignore DOCKER_CONTENT_TRUST' };
    const judged = eachUser(clients, 'DOCKER_CONTENT_TRUST=1, or nothing', (user) =>
      user.variables
        .filter(({ name }) => name === 'DOCKER_CONTENT_TRUST')
        .map(
          ({ path, value }): Evidence => ({
            resource: path,
            expected: 'DOCKER_CONTENT_TRUST=1, or nothing',
            source: path,
            ...passIf(/^(1|true)$/i.test(value), `DOCKER_CONTENT_TRUST=${value}`),
          }),
        ),
    );
    return 'notApplicable' in judged || judged.length > 0 ? judged : { notApplicable: 'no user sets DOCKER_CONTENT_TRUST' };
  },
});

/**
 * Lines of docker/cli that get no fixes any more: up to 20.10 since December 2023, 23 since May 2025, 24 since 25
 * (github.com/moby/moby, project/BRANCHES-AND-TAGS.md). Of younger ones nothing is claimed.
 */
const ENDED = (major: number): boolean => major <= 20 || major === 23 || major === 24;

const versionCurrent = defineCheck({
  id: 'client/version-current',
  title: 'The Docker client is of the engine’s line, which still gets fixes',
  severity: 'medium',
  stride: ['E'],
  surface: 'client',
  rationale: 'Flaws of old clients and their plugins stay open: a hostile image, registry or engine runs commands as the user.',
  fix: 'Upgrade the package of the client together with the engine.',
  impact: 'none',
  needs: ['clients', 'engine', 'packages'],
  judge({ clients, engine, packages }) {
    const found = packages.packages?.find(({ name }) => ['docker-ce-cli', 'docker-cli', 'moby-cli'].includes(name));
    const package_ = found ?? packages.packages?.find(({ name }) => name === 'docker.io');
    if (!clients.installed) return { notApplicable: 'no docker command is installed' };
    const base = {
      resource: 'docker',
      expected: `of the line of the engine (${engine.version.Version}), with fixes`,
      source: 'package manager',
    };
    return [{ ...base, ...judgeClient(package_, majorVersion(engine.version.Version)) }];
  },
});

function judgeClient(package_: NonNullable<Packages['packages']>[number] | undefined, engine: number): Verdict {
  if (package_ === undefined) return review('which version it is, no package tells: see docker version');
  const { name, version } = package_;
  const major = majorVersion(debianParts(version).upstream);
  const actual = `${name} ${version}`;
  if (name === 'docker-ce-cli' && ENDED(major)) return fail(`${actual}: its line gets no fixes any more`);
  if (major < engine) return fail(`${actual}, older than the engine`);
  if (ENDED(major)) return review(`${actual}: upstream has ended this line, see whether the distribution keeps it`);
  return pass(actual);
}

export const clients: readonly Check[] = [filesPrivate, credentialsInHelper, engineOverTls, trustKept, versionCurrent];

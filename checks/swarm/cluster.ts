import { type Check, defineCheck, type Evidence, fail, pass, passIf, review, unknown } from '../check.ts';
import { swarmSetting } from '../families/swarm-setting.ts';

export const modeOffUnlessNeeded = defineCheck({
  id: 'swarm/mode-off-unless-needed',
  title: 'Swarm mode is off unless the host needs it',
  severity: 'medium',
  stride: ['E', 'I'],
  surface: 'orchestrator',
  rationale: 'Its listeners widen what an attacker can reach, and tell about the node.',
  fix: 'Leave the swarm (docker swarm leave), or say in policy.swarm.needed that the host is a node.',
  impact: 'recreate',
  needs: ['swarm', 'policy'],
  judge({ swarm, policy }) {
    if (swarm.state !== 'inactive' && policy.swarm.needed) return { notApplicable: 'policy.swarm.needed: this host is a swarm node' };
    return [
      {
        resource: 'dockerd',
        expected: 'swarm mode inactive',
        source: 'docker info: Swarm',
        ...passIf(swarm.state === 'inactive', swarm.state),
      },
    ];
  },
});

const managerCount = swarmSetting({
  id: 'swarm/manager-count',
  title: 'The swarm has no more managers than it needs',
  stride: ['E', 'D'],
  rationale: 'Each manager holds the keys of the cluster; an even number stops it sooner.',
  fix: 'Demote managers nobody needs (docker node demote NODE), and keep their number odd.',
  expected: 'an odd number, the one of policy.swarm.managers',
  source: 'docker info: Swarm.Managers',
  managersOnly: true,
  judge({ managers }, { policy }) {
    if (managers === 0) return unknown('the engine does not say: is there a quorum?');
    if (managers % 2 === 0) return fail(`${managers} managers: an even number`);
    const meant = policy.swarm.managers;
    if (meant !== undefined) return passIf(managers === meant, `${managers} managers, ${meant} meant`);
    return managers === 1 ? pass('1 manager') : review(`${managers} managers; policy.swarm.managers says nothing`);
  },
});

const bindInterface = swarmSetting({
  id: 'swarm/bind-interface',
  title: 'Swarm listeners are bound to one address',
  stride: ['I', 'E'],
  rationale: 'On every interface, networks that have no business with the cluster reach its ports.',
  fix: 'Make the swarm anew with docker swarm init --listen-addr ADDRESS (all nodes have to join again).',
  expected: '2377 and 7946 on a specific address',
  source: '/proc/PID/net/tcp, udp',
  judge({ listeners }) {
    const base = { expected: 'a specific address', source: '/proc/PID/net/tcp, udp' };
    if (listeners === null) return unknown('its listening sockets could not be read');
    if (listeners.length === 0) return unknown('no listener on 2377 or 7946 is visible from here');
    return listeners.map(
      ({ protocol, address, port }): Evidence => ({
        ...base,
        resource: `listener ${port}/${protocol}`,
        ...passIf(address !== '0.0.0.0' && address !== '::', address),
      }),
    );
  },
});

const overlayEncrypted = swarmSetting({
  id: 'swarm/overlay-encrypted',
  title: 'Overlay networks are encrypted',
  stride: ['I', 'T'],
  rationale: 'Traffic between nodes can be read and changed on the way.',
  fix: 'Create networks anew with docker network create --driver overlay --opt encrypted, and move the services.',
  expected: 'the option encrypted',
  source: 'docker network ls',
  judge(_swarm, { engine }) {
    const overlays = engine.networks.filter(({ Driver }) => Driver === 'overlay');
    if (overlays.length === 0) return { notApplicable: 'there is no overlay network' };
    return overlays.map(({ Name, Options, Ingress }): Evidence => {
      const encrypted = 'encrypted' in Options;
      const actual = encrypted ? 'encrypted' : `not encrypted${Ingress || Name === 'ingress' ? ' (the built-in routing mesh)' : ''}`;
      return {
        resource: `network ${Name}`,
        expected: 'the option encrypted',
        source: 'docker network inspect',
        ...passIf(encrypted, actual),
      };
    });
  },
});

const secretsUsed = swarmSetting({
  id: 'swarm/secrets-used',
  title: 'Services get their secrets as swarm secrets',
  stride: ['I'],
  rationale: 'A secret in a variable is seen by everybody who may inspect the service.',
  fix: 'Create a secret (docker secret create), attach it, and remove the variable.',
  expected: 'no variable or config named like a secret',
  source: 'docker service inspect',
  managersOnly: true,
  judge({ services }) {
    if (services === null) return unknown('its services could not be read');
    if (services.length === 0) return { notApplicable: 'there are no services' };
    return services.map(({ name, exposed, secrets }): Evidence => {
      const verdict =
        exposed.length > 0 ? fail(`${exposed.join(', ')} (values not read)`) : pass(secrets > 0 ? `${secrets} secrets attached` : 'none');
      return {
        resource: `service ${name}`,
        expected: 'no variable or config named like a secret',
        source: 'docker service inspect',
        ...verdict,
      };
    });
  },
});

const autolock = swarmSetting({
  id: 'swarm/autolock',
  title: 'Managers are locked with an unlock key',
  stride: ['I'],
  rationale: 'Without it, whoever reads a manager’s disk has the secrets of the cluster.',
  fix: 'Run docker swarm update --autolock=true and keep the key where an operator finds it: a restarted manager asks for it.',
  expected: 'autolock on',
  source: 'docker info: Swarm.Cluster.Spec.EncryptionConfig',
  managersOnly: true,
  judge: ({ autolock: locked }) => (locked === null ? unknown('the engine does not say') : passIf(locked, locked ? 'on' : 'off')),
});

const autolockKeyRotated = swarmSetting({
  id: 'swarm/autolock-key-rotated',
  title: 'The unlock key of the managers is rotated',
  severity: 'low',
  stride: ['I'],
  rationale: 'A key that leaked stays useful until it is rotated.',
  fix: 'Run docker swarm unlock-key --rotate on schedule, and attest it.',
  expected: 'a record of the last rotation',
  source: 'attestation',
  managersOnly: true,
  judge({ autolock: locked }) {
    if (locked === null) return unknown('the engine does not say');
    return locked ? review('the engine does not record rotations: attest the last one') : { notApplicable: 'autolock is off' };
  },
});

const NANOSECONDS_PER_DAY = 86_400e9;
const MILLISECONDS_PER_DAY = 86_400e3;

const nodeCertRotation = swarmSetting({
  id: 'swarm/node-cert-rotation',
  title: 'Node certificates live no longer than agreed',
  severity: 'low',
  stride: ['S'],
  rationale: 'A stolen certificate lets somebody be the node until it expires.',
  fix: 'Run docker swarm update --cert-expiry 720h (or your limit), and set policy.swarm.maxNodeCertificateDays.',
  expected: 'at most policy.swarm.maxNodeCertificateDays',
  source: 'docker info: Swarm.Cluster.Spec.CAConfig',
  managersOnly: true,
  judge({ nodeCertificateExpiry: expiry }, { policy }) {
    if (!expiry) return unknown('the engine does not say');
    const days = expiry / NANOSECONDS_PER_DAY;
    const most = policy.swarm.maxNodeCertificateDays;
    const actual = `${Number(days.toFixed(1))} days`;
    return most === undefined ? review(`${actual}; policy.swarm.maxNodeCertificateDays says nothing`) : passIf(days <= most, actual);
  },
});

const caRotation = swarmSetting({
  id: 'swarm/ca-rotation',
  title: 'The root certificate of the swarm is rotated',
  severity: 'low',
  stride: ['S'],
  rationale: 'Whoever stole the key of the root makes nodes of the cluster at will.',
  fix: 'Run docker swarm ca --rotate on schedule, and set policy.swarm.maxRootCertificateDays.',
  expected: 'younger than policy.swarm.maxRootCertificateDays',
  source: 'docker info: Swarm.Cluster.TLSInfo, swarm-root-ca.crt',
  judge({ rootValidFrom }, { policy, system }) {
    if (rootValidFrom === null) return unknown('the certificate could not be read');
    const days = Math.floor((system.at - rootValidFrom) / MILLISECONDS_PER_DAY);
    const most = policy.swarm.maxRootCertificateDays;
    const actual = `valid since ${new Date(rootValidFrom).toISOString().slice(0, 10)} (${days} days)`;
    return most === undefined ? review(`${actual}; policy.swarm.maxRootCertificateDays says nothing`) : passIf(days <= most, actual);
  },
});

const dataPlaneSeparated = swarmSetting({
  id: 'swarm/data-plane-separated',
  title: 'Cluster management and container traffic use separate addresses',
  severity: 'low',
  stride: ['D', 'I'],
  rationale: 'Container traffic can starve the cluster, and one tapped network exposes both.',
  fix: 'Make the swarm anew with docker swarm init --data-path-addr ADDRESS (all nodes have to join again).',
  expected: 'a data path address other than the node’s',
  source: 'swarm/docker-state.json in the data directory',
  judge({ dataPathAddress, nodeAddress }) {
    if (dataPathAddress === null) return review('the node’s state file could not be read (run as root)');
    const separate = dataPathAddress !== '' && dataPathAddress !== nodeAddress;
    return passIf(separate, separate ? `${dataPathAddress} beside ${nodeAddress}` : `both ${nodeAddress}`);
  },
});

export const cluster: readonly Check[] = [
  managerCount,
  bindInterface,
  overlayEncrypted,
  secretsUsed,
  autolock,
  autolockKeyRotated,
  nodeCertRotation,
  caRotation,
  dataPlaneSeparated,
];

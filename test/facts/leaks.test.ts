/** What may be secret is never among the facts, whatever is secret and wherever it stands; and facts read back as they were. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collectFacts } from '../../agent/collect.ts';
import { type CollectorName, collectors } from '../../facts/index.ts';
import { manager } from '../checks/swarm/nodes.ts';
import { fakeHost, fakePolicy, type HostLiteral } from '../fake-host.ts';

const names = Object.keys(collectors) as CollectorName[];

/** A host that has the secret in every place where people put one. */
function hostWith(secret: string): HostLiteral {
  const profile = { defaultAction: 'SCMP_ACT_ERRNO', comment: secret, syscalls: [{ names: [secret], action: 'SCMP_ACT_ALLOW' }] };
  const Labels = { 'com.example.token': secret, 'traefik.http.middlewares.a.basicauth.users': secret };
  const Env = [`ANY=${secret}`, `DB_PASSWORD=${secret}`, `URL=postgres://u:${secret}@db/`];
  const service = { Spec: { Name: 's', TaskTemplate: { ContainerSpec: { Env, Configs: [{ ConfigName: 'c', Data: secret }] } } } };
  return manager(
    {},
    {
      containers: [
        {
          Config: {
            Env,
            Labels,
            Healthcheck: { Test: ['CMD-SHELL', `curl -u a:${secret} localhost`] },
            Entrypoint: ['run', `--token=${secret}`, '--password'],
            Cmd: [secret, '-p', secret, `-p${secret}`, `A=${secret}`, `https://u:${secret}@host/`, `mysql -p${secret} < file`],
          },
          Args: [secret],
          ExecIDs: ['e'],
          HostConfig: {
            SecurityOpt: [`seccomp=${JSON.stringify(profile)}`],
            LogConfig: { Type: 'splunk', Config: { 'splunk-token': secret } },
          },
        },
      ],
      images: [{ Config: { Env, Labels, Entrypoint: ['sh', '-c'], Cmd: [`login --password ${secret}`] } }],
      history: [
        `RUN |1 TOKEN=${secret} /bin/sh -c PASSWORD=${secret} make`,
        `ENV DB_PASSWORD=${secret}`,
        `ARG X=${secret}`,
        `LABEL token=${secret}`,
      ],
      volumes: [{ Name: 'v', Driver: 'local', Options: { type: 'cifs', o: `username=u,password=${secret}`, device: '//s/x' } }],
      networks: [{ Name: 'n', Driver: 'x', Options: { 'x.password': secret } }],
      daemonJson: {
        'log-opts': { 'splunk-token': secret },
        'log-driver': 'splunk',
        'insecure-registries': [`u:${secret}@registry.example`],
      },
      files: {
        '/usr/lib/systemd/system/docker.service': `[Service]\nEnvironment=TOKEN=${secret}\nEnvironmentFile=/etc/default/docker\nExecStart=dockerd --log-opt token=${secret} $OPTS`,
        '/root/.docker/config.json': JSON.stringify({
          auths: {
            'registry.example': { auth: secret, password: secret, identitytoken: secret },
            [`https://u:${secret}@r.example/${secret}`]: { auth: secret },
          },
          HttpHeaders: { Authorization: secret },
          proxies: { default: { httpProxy: `http://u:${secret}@p` } },
        }),
        '/root/.docker/key.pem': secret,
        '/root/.docker/contexts/meta/a/meta.json': JSON.stringify({
          Name: `${secret} `,
          Metadata: { Description: secret },
          Endpoints: { docker: { Host: `tcp://u:${secret}@far.example:2376/${secret}?${secret}` } },
        }),
        '/root/.docker/contexts/tls/a/docker/key.pem': secret,
        '/root/.bashrc': `export DOCKER_HOST=tcp://u:${secret}@h:1\nDOCKER_CONTENT_TRUST=${secret}\nTOKEN=${secret}\n`,
        '/root/.profile': `DOCKER_HOST=$(echo ${secret})\nDOCKER_TLS=${secret}\n`,
        '/home/alice/.docker/config.json': `{"auths": {"a": {"auth": "${secret}`,
        '/home/alice/.profile': `DOCKER_HOST=${secret}\n`,
        '/var/lib/dpkg/status': `Package: runc\nStatus: install ok installed\nDescription: ${secret}\nVersion: 1\n`,
        '/etc/default/docker': `OPTS="--log-opt token=${secret} --http-proxy=http://u:${secret}@p"\nOTHER=${secret}\n`,
      },
      api: {
        '/services': [service],
        '/exec/e/json': { ID: 'e', ProcessConfig: { entrypoint: 'sh', arguments: ['-c', secret], user: '', privileged: false } },
      },
      dockerd: { environment: `HTTPS_PROXY=http://u:${secret}@proxy\0HOME=/root\0` },
    },
  );
}

async function collectAll(literal: HostLiteral) {
  return collectFacts(fakeHost(literal), { policy: fakePolicy(literal), wanted: names, signal: AbortSignal.timeout(5000) });
}

test('no value of a variable, secret label, volume option, profile or command is collected', async () => {
  // Long and odd enough to be found nowhere by chance.
  const secrets = fc.stringMatching(/^[a-z0-9]{12,20}$/).map((text) => `${text}Zz=`);
  await fc.assert(
    fc.asyncProperty(secrets, async (secret) => {
      const recording = await collectAll(hostWith(secret));
      expect(recording.missing).toEqual({});
      expect(JSON.stringify(recording)).not.toContain(secret.slice(0, -1));
    }),
    { numRuns: 20 },
  );
});

test('what is recorded reads back the same', async () => {
  const { facts } = await collectAll(hostWith('hunter2hunter2'));
  for (const name of names) expect(collectors[name].schema.parse(JSON.parse(JSON.stringify(facts[name]))), name).toEqual(facts[name]);
});

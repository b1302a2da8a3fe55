/** Site values that some checks need: what is trusted, allowed or wanted here. They come from the configuration, not from the host. */
import * as z from './schema.ts';

const names = z.array(z.string());
const count = z.int().check(z.minimum(0));
const ports = z.array(z.int().check(z.minimum(1), z.maximum(65_535)));
const release = z.string().check(z.regex(/^\d+(\.\d+){1,2}$/, 'expected a version such as 28.5.2'));
const paths = (modes = '') =>
  z.array(z.string().check(z.regex(modes === '' ? /^\// : /^\/[^:]*(:ro)?$/, `expected an absolute path${modes}`)));

function documented<T extends z.ZodMiniType>(schema: T, description: string): T {
  return schema.check(z.describe(description));
}

const containerLimits = z.strictObject({
  memoryMiB: z.optional(documented(z.int().check(z.minimum(6)), 'Memory that a container without a limit gets, in MiB')),
  cpus: z.optional(documented(z.number().check(z.minimum(0.01)), 'CPUs that a container without a weight or limit gets, such as 0.5')),
  pids: z.optional(documented(z.int().check(z.minimum(1)), 'Processes that a container without a limit gets')),
  restartAttempts: z.optional(
    documented(z.int().check(z.minimum(1), z.maximum(5)), 'Restarts, 1 to 5, after a failure of a container that would restart for ever'),
  ),
});

/** What all containers may have, or those that a rule is about. */
const allowances = {
  allowedHostPorts: documented(ports, 'Host ports below 1024 that containers may publish'),
  publishedPorts: documented(ports, 'Every host port that containers may publish'),
  allowedCapabilities: documented(names, 'Capabilities that containers may add or keep, such as NET_BIND_SERVICE or NET_RAW'),
  allowedDevices: documented(names, 'Host devices that containers may have, such as /dev/fuse, or /dev/sda:r for no more than reading'),
  allowedMounts: documented(
    paths(', with :ro for read-only mounts alone'),
    'Sensitive host paths that containers may mount all the same, with what is below them: /etc/ssl, or /etc/ssl:ro for no more than reading',
  ),
  allowedUlimits: documented(names, 'Resource limits that containers may override, such as nofile'),
};

const containerRule = z
  .strictObject({
    image: z.optional(
      documented(
        z.string().check(z.minLength(1)),
        'Containers of these images: a registry or repository in full, such as docker.io/library/nginx',
      ),
    ),
    label: z.optional(documented(z.string().check(z.minLength(1)), 'Containers with this label: name, or name=value')),
    ...z.partial(z.strictObject(allowances)).shape,
    sshServer: z.optional(documented(z.boolean(), 'These containers are meant to run an SSH server')),
    containerLimits: z.optional(documented(containerLimits, 'Limits that hullguard apply gives to those of them that lack one')),
  })
  .check(z.refine(({ image, label }) => image !== undefined || label !== undefined, 'expected an image, a label, or both'));

const swarm = z.strictObject({
  needed: z.optional(documented(z.boolean(), 'This host is meant to be a swarm node')),
  managers: z.optional(documented(count, 'Number of managers the swarm is meant to have')),
  maxNodeCertificateDays: z.optional(documented(count, 'Longest life of a node certificate, in days')),
  maxRootCertificateDays: z.optional(documented(count, 'Age in days after which the root certificate is to be rotated')),
});

const values = {
  trustedUsers: documented(names, 'Users who may be in the group that owns the Docker socket'),
  allowedRegistries: documented(
    names,
    'Registries, or repositories by prefix, that images may come from, such as registry.example.com/ or docker.io/library/',
  ),
  allowedBaseImages: documented(names, 'What images may be built on, in the same words, such as docker.io/library/debian'),
  ...allowances,
  containers: documented(z.array(containerRule), 'What containers of some images, or with some labels, may have beyond what all may'),
  sensitivePaths: documented(paths(), 'Host paths that are sensitive here, beside those of the operating system'),
  remoteLogDrivers: documented(names, 'Log drivers that send logs off this host, or to a collector that does'),
  defaultUlimits: documented(
    z.record(z.string(), z.int()),
    'Highest hard limit the daemon may give containers by default, such as nofile: 65536',
  ),
  cgroupParents: documented(names, 'Cgroup parents that the daemon or a container may use'),
  seccompProfiles: documented(
    z.array(z.string().check(z.regex(/^(\/|sha256:[0-9a-f]{64}$)/, 'expected an absolute path, or sha256: and 64 hexadecimal digits'))),
    'Approved seccomp profiles: the path of the daemon’s default, or digests (sha256:…) of those that containers have, as reports show them',
  ),
  authorizationPlugins: documented(names, 'Authorization plugins the daemon is expected to use'),
  minimumVersions: documented(
    z.strictObject({
      engine: z.optional(documented(release, 'Oldest release of the engine that is good enough')),
      containerd: z.optional(documented(release, 'Oldest release of containerd that is good enough')),
      runc: z.optional(documented(release, 'Oldest release of runc that is good enough')),
    }),
    'Oldest releases that get the security fixes you rely on',
  ),
  swarm: documented(swarm, 'What the swarm is meant to be'),
  containerLimits: documented(
    containerLimits,
    'What hullguard apply gives to containers that lack a limit; it leaves them alone where nothing is said here',
  ),
  contentTrust: documented(
    z.boolean(),
    'Clients of this host are to refuse unsigned images, local ones included; only for sites that sign theirs',
  ),
  maxUnusedImages: documented(count, 'Images that may lie here without a container'),
  maxStoppedContainers: documented(count, 'Containers that may lie here stopped'),
};

/** Part of a policy, to be laid over another. */
export const policyChanges = z.partial(z.strictObject(values));

export const policySchema = z.extend(policyChanges, {
  allowedHostPorts: z._default(values.allowedHostPorts, []),
  allowedCapabilities: z._default(values.allowedCapabilities, []),
  allowedDevices: z._default(values.allowedDevices, []),
  allowedMounts: z._default(values.allowedMounts, []),
  containers: z._default(values.containers, []),
  sensitivePaths: z._default(values.sensitivePaths, []),
  remoteLogDrivers: z._default(values.remoteLogDrivers, ['awslogs', 'fluentd', 'gcplogs', 'gelf', 'logentries', 'splunk']),
  cgroupParents: z._default(values.cgroupParents, []),
  seccompProfiles: z._default(values.seccompProfiles, []),
  minimumVersions: z._default(values.minimumVersions, {}),
  swarm: z._default(documented(z.extend(swarm, { needed: z._default(swarm.shape.needed, false) }), 'What the swarm is meant to be'), {
    needed: false,
  }),
  containerLimits: z._default(values.containerLimits, {}),
  contentTrust: z._default(values.contentTrust, false),
});

export type Policy = z.infer<typeof policySchema>;
export type ContainerRule = Policy['containers'][number];
/** What the policy allows containers, as lists. */
export type Allowance = keyof typeof allowances;

/** The policy of a site that has said nothing. */
export const defaultPolicy: Policy = policySchema.parse({});

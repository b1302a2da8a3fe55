/** Site values that some checks need: what is trusted, allowed or wanted here. They come from the configuration, not from the host. */
import * as z from './schema.ts';

const names = z.array(z.string());
const count = z.int().check(z.minimum(0));

function documented<T extends z.ZodMiniType>(schema: T, description: string): T {
  return schema.check(z.describe(description));
}

export const policySchema = z.strictObject({
  trustedUsers: z.optional(documented(names, 'Users who may be in the group that owns the Docker socket')),
  allowedRegistries: z.optional(
    documented(
      names,
      'Registries, or repositories by prefix, that images may come from, such as registry.example.com/ or docker.io/library/',
    ),
  ),
  allowedHostPorts: documented(z._default(z.array(z.int()), []), 'Host ports below 1024 that containers may publish'),
  publishedPorts: z.optional(documented(z.array(z.int()), 'Every host port that containers may publish')),
  allowedCapabilities: documented(
    z._default(names, []),
    'Capabilities that containers may add or keep, such as NET_BIND_SERVICE or NET_RAW',
  ),
  allowedDevices: documented(
    z._default(names, []),
    'Host devices that containers may have, such as /dev/fuse, or /dev/sda:r for no more than reading',
  ),
  allowedUlimits: z.optional(documented(names, 'Resource limits that containers may override, such as nofile')),
  remoteLogDrivers: documented(
    z._default(names, ['awslogs', 'fluentd', 'gcplogs', 'gelf', 'logentries', 'splunk']),
    'Log drivers that send logs off this host, or to a collector that does',
  ),
  defaultUlimits: z.optional(
    documented(z.record(z.string(), z.int()), 'Highest hard limit the daemon may give containers by default, such as nofile: 65536'),
  ),
  cgroupParents: documented(z._default(names, []), 'Cgroup parents that the daemon or a container may use'),
  seccompProfiles: documented(z._default(names, []), 'Paths of seccomp profiles approved as the daemon’s default'),
  authorizationPlugins: z.optional(documented(names, 'Authorization plugins the daemon is expected to use')),
  swarm: z._default(
    z.strictObject({
      needed: documented(z._default(z.boolean(), false), 'This host is meant to be a swarm node'),
      managers: z.optional(documented(count, 'Number of managers the swarm is meant to have')),
      maxNodeCertificateDays: z.optional(documented(count, 'Longest life of a node certificate, in days')),
      maxRootCertificateDays: z.optional(documented(count, 'Age in days after which the root certificate is to be rotated')),
    }),
    { needed: false },
  ),
  containerLimits: z._default(
    z.strictObject({
      memoryMiB: z.optional(documented(z.int().check(z.minimum(6)), 'Memory that a container without a limit gets, in MiB')),
      cpus: z.optional(documented(z.number().check(z.minimum(0.01)), 'CPUs that a container without a weight or limit gets, such as 0.5')),
      pids: z.optional(documented(z.int().check(z.minimum(1)), 'Processes that a container without a limit gets')),
      restartAttempts: z.optional(
        documented(
          z.int().check(z.minimum(1), z.maximum(5)),
          'Restarts, 1 to 5, after a failure of a container that would restart for ever',
        ),
      ),
    }),
    {},
  ),
  contentTrust: documented(
    z._default(z.boolean(), false),
    'Clients of this host are to refuse unsigned images, local ones included; only for sites that sign theirs',
  ),
  maxUnusedImages: z.optional(documented(count, 'Images that may lie here without a container')),
  maxStoppedContainers: z.optional(documented(count, 'Containers that may lie here stopped')),
});

export type Policy = z.infer<typeof policySchema>;

/** The policy of a site that has said nothing. */
export const defaultPolicy: Policy = policySchema.parse({});

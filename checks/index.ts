/** Every check, in benchmark order; our own follow the section they belong to. */
import type { Check } from './check.ts';
import { clients } from './clients.ts';
import { execNotPrivileged, execNotRoot } from './containers/exec.ts';
import { cgroupParent, cpuShares, memoryLimit, pidsLimit, restartPolicy, ulimitOverride } from './containers/limits.ts';
import { noDockerSocket, noHostDevices, noSensitiveHostMounts, noSharedPropagation } from './containers/mounts.ts';
import { noDefaultBridge, noHostIpc, noHostNetwork, noHostPid, noHostUserns, noHostUts } from './containers/namespaces.ts';
import { bindSpecificInterface, noPrivilegedHostPorts, onlyNeededPorts } from './containers/ports.ts';
import {
  apparmorProfile,
  capabilitiesRestricted,
  dangerousCapabilities,
  noNewPrivileges,
  noPrivileged,
  readOnlyRootfs,
  seccompNotDisabled,
  selinuxOptions,
} from './containers/privileges.ts';
import { healthChecked, healthy, imageUpToDate, noSshd } from './containers/workload.ts';
import { authorizationPlugin } from './daemon/authorization-plugin.ts';
import { configFileValid, settingsInForce } from './daemon/config-file.ts';
import { logLevel } from './daemon/log-level.ts';
import { rootless } from './daemon/rootless.ts';
import { daemonSettings as settings } from './daemon/settings.ts';
import { tls } from './daemon/tls.ts';
import { access } from './files/access.ts';
import { auditTrail } from './host/audit-trail.ts';
import { general } from './host/general.ts';
import { builtInVulnerabilities } from './host/known-vulnerabilities.ts';
import { separatePartition } from './host/separate-partition.ts';
import { trustedDockerGroup } from './host/trusted-docker-group.ts';
import { copyNotAdd, noSecrets, updateNotAlone, verifiedPackages } from './images/build.ts';
import { healthcheck, minimalPackages, nonRootUser, noSetuid, scannedAndRebuilt, signedArtifacts, trustedBase } from './images/content.ts';
import { contentTrust } from './images/content-trust.ts';
import { containerSprawl, imageSprawl } from './operations/sprawl.ts';
import { retiredChecks } from './retired.ts';
import { cluster, modeOffUnlessNeeded } from './swarm/cluster.ts';

export const checks: readonly Check[] = [
  separatePartition,
  trustedDockerGroup,
  ...auditTrail,
  ...general,
  builtInVulnerabilities,

  rootless,
  settings.icc,
  logLevel,
  settings.iptables,
  settings.insecureRegistries,
  settings.noAufs,
  settings.noDevicemapper,
  tls,
  settings.defaultUlimits,
  settings.usernsRemap,
  settings.cgroupParent,
  settings.baseDeviceSize,
  authorizationPlugin,
  settings.remoteLogging,
  settings.noNewPrivileges,
  settings.liveRestore,
  settings.userlandProxy,
  settings.seccompProfile,
  settings.experimental,
  settings.ip6tables,
  configFileValid,
  settingsInForce,

  ...access,

  nonRootUser,
  trustedBase,
  minimalPackages,
  scannedAndRebuilt,
  contentTrust,
  healthcheck,
  updateNotAlone,
  noSetuid,
  copyNotAdd,
  noSecrets,
  verifiedPackages,
  signedArtifacts,

  modeOffUnlessNeeded,
  apparmorProfile,
  selinuxOptions,
  capabilitiesRestricted,
  noPrivileged,
  noSensitiveHostMounts,
  noSshd,
  noPrivilegedHostPorts,
  onlyNeededPorts,
  noHostNetwork,
  memoryLimit,
  cpuShares,
  readOnlyRootfs,
  bindSpecificInterface,
  restartPolicy,
  noHostPid,
  noHostIpc,
  noHostDevices,
  ulimitOverride,
  noSharedPropagation,
  noHostUts,
  seccompNotDisabled,
  execNotPrivileged,
  execNotRoot,
  cgroupParent,
  noNewPrivileges,
  healthChecked,
  imageUpToDate,
  pidsLimit,
  noDefaultBridge,
  noHostUserns,
  noDockerSocket,
  healthy,
  ...dangerousCapabilities,

  imageSprawl,
  containerSprawl,

  ...cluster,

  ...clients,

  ...retiredChecks,
];

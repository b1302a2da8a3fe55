// Stands in the bundle for packages that dockerode loads for transports hullguard does not use (ssh, BuildKit sessions).
'use strict';
function unused() {
  throw new Error('hullguard is built without this transport');
}
module.exports = new Proxy({}, { get: () => unused });

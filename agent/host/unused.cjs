// Stands in the bundle for what dockerode loads for things hullguard does not do (ssh, BuildKit sessions, archives).
'use strict';
function unused() {
  throw new Error('hullguard is built without this transport');
}
module.exports = new Proxy({}, { get: () => unused });

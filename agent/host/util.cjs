// Stands in for util in the bundle, where packages load it: docker-modem describes each request, whole, for a log that is off, and
// that takes as long as to send it.
'use strict';
module.exports = Object.create(require('node:util'), { inspect: { value: () => '' } });

// zod compiles object schemas with `new Function`, which the server's Content-Security-Policy forbids. This is where it keeps its settings; they
// are set without loading it, as it comes only with the pages that need it.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });

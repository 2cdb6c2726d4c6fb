// What the provider remembers, in memory, shared by every generation of it. The memory that comes
// with oidc-provider forgets the oldest of 1,000 things: too few for a test under load.

const SWEEP_EVERY = 500;

export function sharedMemory() {
  const entries = new Map();
  let writes = 0;

  const alive = (entry) => entry !== undefined && entry.expires > Date.now();
  const sweep = () => {
    if (++writes % SWEEP_EVERY) return;
    for (const [key, entry] of entries) if (!alive(entry)) entries.delete(key);
  };

  return (model) => {
    const key = (id) => `${model}:${id}`;
    const find = (wanted) => {
      const entry = entries.get(wanted);
      return alive(entry) ? entry.payload : undefined;
    };
    const findBy = (member, value) => {
      for (const [name, entry] of entries) {
        const found = name.startsWith(`${model}:`) && alive(entry) && entry.payload[member] === value;
        if (found) return entry.payload;
      }
      return undefined;
    };
    return {
      async upsert(id, payload, expiresIn) {
        const expires = expiresIn === undefined ? Infinity : Date.now() + expiresIn * 1000;
        entries.set(key(id), { payload, expires });
        sweep();
      },
      find: async (id) => find(key(id)),
      findByUid: async (uid) => findBy("uid", uid),
      findByUserCode: async (code) => findBy("userCode", code),
      async consume(id) {
        const payload = find(key(id));
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      async destroy(id) {
        entries.delete(key(id));
      },
      async revokeByGrantId(grant) {
        for (const [name, entry] of entries) if (entry.payload.grantId === grant) entries.delete(name);
      },
    };
  };
}

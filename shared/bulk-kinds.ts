/** What is done to many at once. */

/** Of messages. */
export const messageBulkKinds = ['retry', 'cancel'] as const;
/** Of mails in quarantine. */
export const quarantineBulkKinds = ['release', 'discard'] as const;
export const bulkKinds = [...messageBulkKinds, ...quarantineBulkKinds] as const;
export type BulkKind = (typeof bulkKinds)[number];

export function isOfQuarantine(kind: BulkKind): kind is (typeof quarantineBulkKinds)[number] {
  return quarantineBulkKinds.some((one) => one === kind);
}

/** POP3 has one mailbox; INBOX is the same in upper and lower case, other folders are not (RFC 9051, 5.1). */
export function mailFolder(protocol: string, folder: string): string {
  return protocol === 'pop3' || folder.toUpperCase() === 'INBOX' ? 'INBOX' : folder;
}

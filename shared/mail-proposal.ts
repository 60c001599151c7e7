import { z } from 'zod';

/** Settings of a Mail sender that were found for an e-mail address. Nothing is applied before a person chooses one. */
export const mailProposalSchema = z.object({
  protocol: z.enum(['imap4', 'pop3']),
  /** As in the field Address: the port only where it is not the usual one. */
  address: z.string(),
  protection: z.enum(['tls', 'starttls-mandatory']),
  authentication: z.enum(['encrypted', 'plain', 'oauth2']),
  /** What the server probably takes as the user. */
  user: z.string(),
  /** Where it comes from, as sentences: "SRV record of example.com". */
  sources: z.array(z.string()),
  /** What people have to do or to know before it works. */
  advice: z.array(z.string()),
});
export type MailProposal = z.output<typeof mailProposalSchema>;

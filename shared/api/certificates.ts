import { z } from 'zod';
import { errorSchema } from '../errors/view.ts';
import { artifactDescription, credentialName, usedBy } from './artifacts.ts';
import { byName, list, route, time } from './route.ts';

/** Trusted certificates and key pairs. */

/** PEM texts and files, in characters. */
const maxPemLength = 200_000;

const pem = z.string().min(1, 'must not be empty').max(maxPemLength);

const passphrase = z.string().max(1_000).default('');

const certificateFactsSchema = z.object({
  /** `CN=mail.example.com, O=Example` */
  subject: z.string(),
  issuer: z.string(),
  /** Host names and mail addresses it is made for. */
  names: z.array(z.string()),
  /** SHA-256, upper-case hex in pairs with colons between them. */
  fingerprint256: z.string(),
  /** `RSA 2048 bit` */
  key: z.string(),
  validFrom: time,
  validTo: time,
  isSelfSigned: z.boolean(),
  isAuthority: z.boolean(),
});

export type CertificateFactsView = z.output<typeof certificateFactsSchema>;

const certificateSchema = z.object({
  name: z.string(),
  description: z.string(),
  /** As they were deployed; at least one. */
  certificates: z.array(certificateFactsSchema),
  deployedAt: time,
  deployedBy: z.string(),
  usedBy,
});

export type CertificateView = z.output<typeof certificateSchema>;

/** The certificate of the private key comes first. Every mail channel may use every key pair: all of them are in `usedBy`. */
const keyPairSchema = certificateSchema.extend({
  /** As SSH servers take it; empty where its kind of key is not one of SSH. */
  sshPublicKey: z.string(),
  /** Error: its private key can't be opened. */
  error: errorSchema.nullable(),
});

export type KeyPairView = z.output<typeof keyPairSchema>;

const keyPairMaterial = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pem'), certificate: pem, privateKey: pem, passphrase }),
  z.object({ kind: z.literal('pkcs12'), file: z.base64('must be base64').min(1).max(maxPemLength), passphrase }),
]);

export const certificatesRoutes = {
  listCertificates: route({
    may: 'see',
    method: 'GET',
    path: '/certificates',
    summary: 'Trusted certificates',
    answer: list(certificateSchema),
  }),
  createCertificate: route({
    may: 'material-add',
    method: 'POST',
    path: '/certificates',
    summary: 'Trust one or more certificates under a name',
    body: z.object({ name: credentialName, description: artifactDescription, pem }),
    answer: certificateSchema,
  }),
  saveCertificate: route({
    may: 'material',
    method: 'PUT',
    path: '/certificates/:name',
    summary: 'Change and redeploy; without PEM the present certificates stay',
    params: byName,
    body: z.object({ description: z.string().max(2_000), pem: pem.optional() }),
    answer: certificateSchema,
  }),
  deleteCertificate: route({
    may: 'material',
    method: 'DELETE',
    path: '/certificates/:name',
    summary: 'No longer trust certificates that no deployed flow uses',
    params: byName,
  }),
  listKeyPairs: route({
    may: 'see',
    method: 'GET',
    path: '/key-pairs',
    summary: 'Key pairs, without their private keys',
    answer: list(keyPairSchema),
  }),
  createKeyPair: route({
    may: 'material-add',
    method: 'POST',
    path: '/key-pairs',
    summary: 'Deploy a certificate with its private key',
    body: z.object({ name: credentialName, description: artifactDescription, material: keyPairMaterial }),
    answer: keyPairSchema,
  }),
  saveKeyPair: route({
    may: 'material',
    method: 'PUT',
    path: '/key-pairs/:name',
    summary: 'Change and redeploy; without material the present key stays',
    params: byName,
    body: z.object({ description: z.string().max(2_000), material: keyPairMaterial.optional() }),
    answer: keyPairSchema,
  }),
  deleteKeyPair: route({ may: 'material', method: 'DELETE', path: '/key-pairs/:name', summary: 'Delete a key pair', params: byName }),
};

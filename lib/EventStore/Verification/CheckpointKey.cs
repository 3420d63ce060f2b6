using System.Security.Cryptography;

namespace OptiInfra.EventStore;

/// <summary>A key pair that signs checkpoints, or its public half that checks them: ECDSA on P-256.</summary>
public sealed class CheckpointKey : IDisposable
{
    const int IdBytes = 16;
    readonly ECDsa key;

    CheckpointKey(ECDsa key, bool canSign)
    {
        (this.key, CanSign) = (key, canSign);
        Id = Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, IdBytes));
    }

    /// <summary>The first 16 bytes of SHA-256 over the public key (SubjectPublicKeyInfo), in lower-case hexadecimal.</summary>
    public string Id { get; }

    public bool CanSign { get; }

    public static CheckpointKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256), canSign: true);

    /// <param name="pem">PKCS #8 or SEC 1 private key, or SubjectPublicKeyInfo public key, in PEM.</param>
    /// <exception cref="ArgumentException">It is none of these.</exception>
    public static CheckpointKey FromPem(string pem)
    {
        var ecdsa = ECDsa.Create();
        try
        {
            ecdsa.ImportFromPem(pem);
            if (ecdsa.KeySize != 256)
                throw new ArgumentException($"The key has {ecdsa.KeySize} bits; a P-256 key has 256.", nameof(pem));
            return new CheckpointKey(ecdsa, pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal));
        }
        catch (CryptographicException e)
        {
            ecdsa.Dispose();
            throw new ArgumentException($"The PEM text holds no usable elliptic-curve key: {e.Message}", nameof(pem), e);
        }
        catch
        {
            ecdsa.Dispose();
            throw;
        }
    }

    public string ExportPrivatePem() => key.ExportPkcs8PrivateKeyPem();

    public string ExportPublicPem() => key.ExportSubjectPublicKeyInfoPem();

    /// <exception cref="InvalidOperationException">This is a public key.</exception>
    public CheckpointTaken Sign(CheckpointTaken checkpoint)
    {
        if (!CanSign)
            throw new InvalidOperationException($"Key {Id} is a public key; checkpoints are signed with the private one.");
        var named = checkpoint with { KeyId = Id };
        return named with { Signature = Convert.ToBase64String(key.SignData(named.SignedBytes(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)) };
    }

    public bool Verifies(CheckpointTaken checkpoint)
    {
        Span<byte> signature = stackalloc byte[128];
        return checkpoint.KeyId == Id
            && Convert.TryFromBase64String(checkpoint.Signature, signature, out var length)
            && key.VerifyData(checkpoint.SignedBytes(), signature[..length], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    public void Dispose() => key.Dispose();
}

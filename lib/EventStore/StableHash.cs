using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace OptiInfra.EventStore;

/// <summary>Numbers from names, the same in every process.</summary>
static class StableHash
{
    /// <summary>
    /// A key for the two-number form of PostgreSQL's advisory locks, which never meets the one-number form that the
    /// in-flight floor uses.
    /// </summary>
    public static (int Class, int Key) LockKey(string purpose, string schema, string name = "")
        => (Hash(purpose + "\n" + schema), Hash(name));

    static int Hash(string text) => BinaryPrimitives.ReadInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

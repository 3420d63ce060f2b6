namespace OptiInfra.CloudSim.S3;

/// <summary>A cyclic redundancy check of 32 or 64 bits over reflected bits that begins and ends with all ones; parameters as in the RevEng catalogue.</summary>
public sealed class ReflectedCrc
{
    private readonly ulong[] _table = new ulong[256];
    private readonly ulong _ones;
    private ulong _state;

    private ReflectedCrc(ulong polynomial, int bits)
    {
        Bytes = bits / 8;
        _ones = ulong.MaxValue >> (64 - bits);
        _state = _ones;
        for (var index = 0UL; index < 256; index++)
        {
            var value = index;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value & 1) == 0 ? value >> 1 : (value >> 1) ^ polynomial;
            }

            _table[index] = value;
        }
    }

    private int Bytes { get; }

    public static ReflectedCrc Crc32() => new(0xEDB88320, 32);

    public static ReflectedCrc Crc32C() => new(0x82F63B78, 32);

    public static ReflectedCrc Crc64Nvme() => new(0x9A6C9329AC4BC9B5, 64);

    public void Append(ReadOnlySpan<byte> data)
    {
        var state = _state;
        foreach (var one in data)
        {
            state = (state >> 8) ^ _table[(byte)state ^ one];
        }

        _state = state;
    }

    /// <summary>The check of all data so far, most significant byte first.</summary>
    public byte[] Value()
    {
        var value = _state ^ _ones;
        var bytes = new byte[Bytes];
        for (var index = Bytes - 1; index >= 0; index--, value >>= 8)
        {
            bytes[index] = (byte)value;
        }

        return bytes;
    }
}

using System.Net;

namespace OptiInfra.Gateway.Http;

/// <summary>Whom a limit counts: an IPv4 address, or the /64 in which whoever has an IPv6 address can choose freely.</summary>
public static class ClientAddress
{
    const int NetworkBits = 64;

    public static string Key(IPAddress? address)
    {
        if (address is null)
            return "unknown";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily is not System.Net.Sockets.AddressFamily.InterNetworkV6)
            return address.ToString();
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(NetworkBits / 8).Clear();
        return new IPAddress(bytes).ToString();
    }
}

namespace Health.Cards;

/// <summary>Status words SW1 SW2 of the profile (ISO/IEC 7816-4 §5.6, JR/T 0025-2 for 93xx and 94xx) and their texts.</summary>
public static class StatusWord
{
    public const ushort Ok = 0x9000;
    public const ushort ApplicationLocked = 0x6283;
    public const ushort MemoryFailure = 0x6581;
    public const ushort WrongLength = 0x6700;
    public const ushort SecureMessagingNotSupported = 0x6882;
    public const ushort SecurityNotSatisfied = 0x6982;
    public const ushort KeyLocked = 0x6983;
    public const ushort ChallengeMissing = 0x6984;
    public const ushort ConditionsNotSatisfied = 0x6985;
    public const ushort NoFileSelected = 0x6986;
    public const ushort SecureMessagingDataMissing = 0x6987;
    public const ushort SecureMessagingDataWrong = 0x6988;
    public const ushort WrongData = 0x6A80;
    public const ushort FileNotFound = 0x6A82;
    public const ushort RecordNotFound = 0x6A83;
    public const ushort WrongParameters = 0x6A86;
    public const ushort KeyNotFound = 0x6A88;
    public const ushort WrongOffset = 0x6B00;
    public const ushort InstructionNotSupported = 0x6D00;
    public const ushort ClassNotSupported = 0x6E00;
    public const ushort MacInvalid = 0x9302;
    public const ushort BalanceTooLow = 0x9401;
    public const ushort CounterExhausted = 0x9402;
    public const ushort NoProof = 0x9406;

    /// <summary>61xx: the card holds xx bytes for GET RESPONSE.</summary>
    public static bool HasMore(ushort sw) => sw >> 8 == 0x61;

    /// <summary>6Cxx: Le was wrong, xx is right.</summary>
    public static bool AsksOtherLength(ushort sw) => sw >> 8 == 0x6C;

    /// <summary>63Cx: x attempts left; null for another status word.</summary>
    public static int? AttemptsLeft(ushort sw) => (sw & 0xFFF0) == 0x63C0 ? sw & 0x0F : null;

    /// <summary>What the status word means, in Chinese and English.</summary>
    public static (string Zh, string En) Text(ushort sw) => sw switch
    {
        Ok => ("成功", "success"),
        ApplicationLocked => ("应用已锁定", "application locked"),
        MemoryFailure => ("写卡失败", "memory failure"),
        WrongLength => ("长度错误", "wrong length"),
        SecureMessagingNotSupported => ("不支持安全报文", "secure messaging not supported"),
        SecurityNotSatisfied => ("未满足安全条件", "security status not satisfied"),
        KeyLocked => ("密钥已锁定", "authentication key locked"),
        ChallengeMissing => ("未取随机数", "no challenge was asked for"),
        ConditionsNotSatisfied => ("不满足使用条件", "conditions of use not satisfied"),
        NoFileSelected => ("未选择文件", "no file selected"),
        SecureMessagingDataMissing => ("缺少安全报文数据", "secure messaging data missing"),
        SecureMessagingDataWrong => ("安全报文数据错误", "secure messaging data incorrect"),
        WrongData => ("数据错误", "incorrect data"),
        FileNotFound => ("文件不存在", "file not found"),
        RecordNotFound => ("记录不存在", "record not found"),
        WrongParameters => ("参数错误", "incorrect P1 P2"),
        KeyNotFound => ("密钥不存在", "key not found"),
        WrongOffset => ("偏移超出文件", "offset outside the file"),
        InstructionNotSupported => ("不支持的指令", "instruction not supported"),
        ClassNotSupported => ("不支持的类别", "class not supported"),
        MacInvalid => ("MAC 无效", "MAC invalid"),
        BalanceTooLow => ("余额不足", "balance too low"),
        CounterExhausted => ("交易计数器已满", "transaction counter exhausted"),
        NoProof => ("无此交易证明", "no such transaction to prove"),
        _ when AttemptsLeft(sw) is { } left => ($"认证失败，剩余 {left} 次", $"authentication failed, {left} attempts left"),
        _ when HasMore(sw) => ("有待取数据", "response data waiting"),
        _ when AsksOtherLength(sw) => ("Le 错误", "wrong Le"),
        _ => ($"状态字 {sw:X4}", $"status word {sw:X4}"),
    };
}
